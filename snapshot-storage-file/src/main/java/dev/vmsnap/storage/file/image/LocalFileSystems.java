package dev.vmsnap.storage.file.image;

import java.util.Locale;
import java.util.Set;

/** The file systems that belong to one node; every other one is left to the driver that knows it. */
public final class LocalFileSystems {
    private static final Set<String> TYPES = Set.of(
            "bcachefs",
            "btrfs",
            "ext2",
            "ext2/ext3",
            "ext3",
            "ext4",
            "f2fs",
            "jfs",
            "nilfs2",
            "overlay",
            "overlayfs",
            "ramfs",
            "reiserfs",
            "tmpfs",
            "xfs",
            "zfs");

    private LocalFileSystems() {}

    /**
     * Tells whether a type is one of them.
     *
     * @param type of a file system, as the node's table of mounts has it
     * @return whether it belongs to one node
     */
    public static boolean contains(String type) {
        return TYPES.contains(type.toLowerCase(Locale.ROOT));
    }
}
