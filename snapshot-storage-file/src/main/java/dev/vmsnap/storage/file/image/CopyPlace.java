package dev.vmsnap.storage.file.image;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Where the copy of a disk goes. Until it is the host's it has a hidden name beside that; the file of that name is the mark
 * by which a copy is known as ours, also when it has its own name already.
 *
 * @param directory of both
 * @param file the file that the host wants
 * @param hidden the name that nobody looks for
 */
record CopyPlace(String directory, String file, String hidden) {
    private static final String OURS = ".vmsnap";
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9]+");

    static CopyPlace of(Volume volume, SnapshotId id, Map<String, String> destinations) {
        String file = destinations.getOrDefault(volume.target(), "");
        if (!isPossible(file)) {
            throw new IllegalArgumentException("disk " + volume.target() + " has no file as its destination");
        }
        String directory = Directories.of(volume.withSource(file));
        String name = "/" + OURS + "-" + id.value() + "-" + word(volume.target());
        return new CopyPlace(directory, file, (directory.equals("/") ? "" : directory) + name);
    }

    /** Whether a file can have that path. */
    static boolean isPossible(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return path.startsWith("/")
                && path.indexOf('\0') < 0
                && !name.isBlank()
                && !name.equals(".")
                && !name.equals("..")
                && !name.startsWith(OURS);
    }

    private static String word(String target) {
        return PLAIN.matcher(target).matches()
                ? target
                : "x" + HexFormat.of().formatHex(target.getBytes(StandardCharsets.UTF_8));
    }

    ImageNode hiddenImage() {
        return new ImageNode(hidden);
    }
}
