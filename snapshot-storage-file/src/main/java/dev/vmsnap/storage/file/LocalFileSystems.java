package dev.vmsnap.storage.file;

import java.util.Locale;
import java.util.Set;

/** The file systems that belong to one node; every other one is left to the driver that knows it. */
final class LocalFileSystems {
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

    static boolean contains(String type) {
        return TYPES.contains(type.toLowerCase(Locale.ROOT));
    }
}
