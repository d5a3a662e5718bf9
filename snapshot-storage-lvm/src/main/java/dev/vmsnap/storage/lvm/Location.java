package dev.vmsnap.storage.lvm;

import dev.vmsnap.Volume;
import java.util.Optional;

/**
 * The logical volume to which a disk's source led when it was inspected. The driver remembers it with each snapshot, so that
 * another group of the same name, or a link that leads elsewhere now, does not pass for the one with the snapshots.
 *
 * @param groupUuid the UUID of its volume group
 * @param path its name
 */
record Location(String groupUuid, LvPath path) {
    private static final String BETWEEN = " ";

    /** The remembered location of a volume; empty if none is remembered. */
    static Optional<Location> of(Volume volume) {
        return volume.location().flatMap(Location::parse);
    }

    private static Optional<Location> parse(String text) {
        String[] words = text.split(BETWEEN, -1);
        return words.length == 2
                ? LvPath.of("/dev/" + words[1]).map(path -> new Location(words[0], path))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return groupUuid + BETWEEN + path;
    }
}
