package dev.vmsnap.storage.file.image;

import dev.vmsnap.Volume;
import java.util.List;

/** Where things of ours lie beside the disks; paths are the node's, so they are handled as text. */
final class Directories {
    private static final String OURS = ".vmsnap";

    private Directories() {}

    /** The directory of a volume's file. */
    static String of(Volume volume) {
        int end = volume.source().lastIndexOf('/');
        return end <= 0 ? "/" : volume.source().substring(0, end);
    }

    /** Our own directories, one beside each volume. */
    static List<String> ours(List<Volume> volumes) {
        return volumes.stream()
                .map(Directories::of)
                .distinct()
                .map(directory -> (directory.equals("/") ? "" : directory) + "/" + OURS)
                .toList();
    }
}
