package dev.vmsnap.storage.lvm;

/**
 * What {@code lvs} said of a volume group.
 *
 * @param name its name
 * @param uuid its identity, which no other group of that name has; empty if LVM has not said it
 * @param attributes the characters of {@code vg_attr}, whose places are documented in vgs(8)
 * @param lockType how several nodes share it, for example {@code sanlock}; empty when one node has it alone
 * @param extentBytes its unit of allocation
 * @param freeBytes what is free
 */
record VolumeGroup(String name, String uuid, String attributes, String lockType, long extentBytes, long freeBytes) {
    private static final int PARTIAL = 3;

    boolean isShared() {
        return !lockType.isEmpty() && !lockType.equals("none");
    }

    /** Whether a disk that it needs is missing. */
    boolean isPartial() {
        return attributes.length() > PARTIAL && attributes.charAt(PARTIAL) == 'p';
    }

    /** Whether no node may change it. */
    boolean isReadOnly() {
        return attributes.startsWith("r");
    }

    long extents(long bytes) {
        return (bytes + extentBytes - 1) / extentBytes;
    }

    long freeExtents() {
        return freeBytes / extentBytes;
    }
}
