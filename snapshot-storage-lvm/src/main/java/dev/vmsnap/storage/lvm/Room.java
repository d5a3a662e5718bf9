package dev.vmsnap.storage.lvm;

/**
 * How much room a thick snapshot gets.
 *
 * <p>The kernel writes a snapshot's room in chunks: one for a header, then in turn one that says where the following
 * ones belong, 16 bytes for each, and these. With the smallest chunks, of 4 KiB, this takes the most.
 *
 * @param percent of the size of the volume; 100 stands for so much that it can never overflow
 */
record Room(int percent) {
    /** So much that no snapshot can ever overflow. */
    static final Room FULL = new Room(100);

    private static final long CHUNK_BYTES = 4096;
    private static final long ENTRIES = CHUNK_BYTES / 16;

    Room {
        if (percent < 1 || percent > FULL_PERCENT) {
            throw new IllegalArgumentException("the room of a snapshot is 1 to 100 percent of its volume");
        }
    }

    private static final int FULL_PERCENT = 100;

    /** What a snapshot of a volume takes from its group. */
    long extents(long volumeBytes, VolumeGroup group) {
        long most = group.extents(most(volumeBytes));
        return percent == FULL_PERCENT
                ? most
                : Math.min(most, Math.max(1, group.extents(divide(volumeBytes * percent, FULL_PERCENT))));
    }

    /** Whether a snapshot with that much room can never overflow. */
    static boolean suffices(long roomBytes, long volumeBytes) {
        return roomBytes >= most(volumeBytes);
    }

    /** What a snapshot takes when every chunk of its volume has changed. */
    static long most(long volumeBytes) {
        long data = divide(volumeBytes, CHUNK_BYTES);
        return (1 + data + data / ENTRIES + 1) * CHUNK_BYTES;
    }

    private static long divide(long dividend, long divisor) {
        return (dividend + divisor - 1) / divisor;
    }
}
