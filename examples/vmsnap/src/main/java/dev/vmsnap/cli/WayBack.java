package dev.vmsnap.cli;

import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a restore does with disks, by the kind of storage that they lie on. */
final class WayBack {
    private WayBack() {}

    /** Returns a sentence for each kind of storage. */
    static List<String> of(List<Volume> volumes) {
        Map<StorageKind, String> targets = volumes.stream()
                .collect(Collectors.groupingBy(
                        Volume::kind,
                        () -> new EnumMap<>(StorageKind.class),
                        Collectors.mapping(Volume::target, Collectors.joining(", "))));
        return targets.entrySet().stream()
                .map(kind -> kind.getValue() + " on "
                        + (kind.getKey() == StorageKind.FILE ? "files" : Units.kind(kind.getKey())) + ": "
                        + way(kind.getKey()))
                .toList();
    }

    private static String way(StorageKind kind) {
        return switch (kind) {
            case FILE, NAS -> "the image goes back inside itself";
            case LOCAL_LVM, NETWORK_LVM ->
                "a thin one is replaced by a new one, into a thick one the snapshot flows back and is made again";
            case RBD, OTHER -> "as its driver does it";
        };
    }
}
