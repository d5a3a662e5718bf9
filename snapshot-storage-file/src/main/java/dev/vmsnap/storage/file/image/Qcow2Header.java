package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import java.nio.ByteBuffer;

/**
 * What the header of a qcow2 image says about its active table of tables and its snapshots, after QEMU's published
 * description of the format.
 *
 * @param clusterBits binary logarithm of the unit of allocation
 * @param virtualBytes the size that the guest sees, in bytes
 * @param tableEntries how many second-level tables the active table names
 * @param tableOffset where the active table is in the file, in bytes
 * @param snapshots how many snapshots the directory of snapshots names
 * @param directoryOffset where that directory is in the file, in bytes
 * @param extended whether entries of second-level tables have 16 bytes instead of 8
 * @param autoclear features that a program which knows them not must clear
 * @param length how long the header itself is, in bytes
 */
record Qcow2Header(
        int clusterBits,
        long virtualBytes,
        int tableEntries,
        long tableOffset,
        int snapshots,
        long directoryOffset,
        boolean extended,
        long autoclear,
        int length) {
    /** How many bytes at the start of a file are read. */
    static final int LENGTH = 104;

    private static final int MAGIC = 0x514649fb;
    private static final int OFFSET_OF_CLUSTER_BITS = 20;
    private static final int OFFSET_OF_VIRTUAL_BYTES = 24;
    private static final int OFFSET_OF_TABLE_ENTRIES = 36;
    private static final int OFFSET_OF_TABLE_OFFSET = 40;
    private static final int OFFSET_OF_SNAPSHOTS = 60;
    private static final int OFFSET_OF_DIRECTORY_OFFSET = 64;
    private static final int OFFSET_OF_FEATURES = 72;
    private static final int OFFSET_OF_AUTOCLEAR = 88;
    private static final int OFFSET_OF_LENGTH = 100;
    private static final int LENGTH_OF_VERSION_2 = 72;
    private static final long DIRTY = 1;
    private static final long COMPRESSION_TYPE = 1 << 3;
    private static final long EXTENDED = 1 << 4;

    /**
     * Reads a header.
     *
     * @param bytes the first {@value #LENGTH} bytes of the file
     * @return the header
     * @throws DriverException {@code BROKEN} unless it is a header of a kind that is known whole
     */
    static Qcow2Header parse(byte[] bytes) {
        ByteBuffer header = ByteBuffer.wrap(bytes);
        int version = header.getInt(Integer.BYTES);
        if (header.getInt(0) != MAGIC || version < 2 || version > 3) {
            throw unknown("it is no qcow2 image of version 2 or 3");
        }
        boolean old = version == 2;
        long features = old ? 0 : header.getLong(OFFSET_OF_FEATURES);
        if ((features & ~(DIRTY | COMPRESSION_TYPE | EXTENDED)) != 0) {
            throw unknown("it has features 0x" + Long.toHexString(features) + ", not all of which are understood");
        }
        int clusterBits = header.getInt(OFFSET_OF_CLUSTER_BITS);
        int entries = header.getInt(OFFSET_OF_TABLE_ENTRIES);
        long offset = header.getLong(OFFSET_OF_TABLE_OFFSET);
        long size = header.getLong(OFFSET_OF_VIRTUAL_BYTES);
        boolean sound = clusterBits >= 9
                && clusterBits <= 21
                && entries >= 0
                && entries <= (32 << 20) / Long.BYTES
                && size >= 0
                && offset >= 0
                && offset % (1L << clusterBits) == 0;
        if (!sound) {
            throw unknown("its header makes no sense");
        }
        return new Qcow2Header(
                clusterBits,
                size,
                entries,
                offset,
                header.getInt(OFFSET_OF_SNAPSHOTS),
                header.getLong(OFFSET_OF_DIRECTORY_OFFSET),
                (features & EXTENDED) != 0,
                old ? 0 : header.getLong(OFFSET_OF_AUTOCLEAR),
                old ? LENGTH_OF_VERSION_2 : header.getInt(OFFSET_OF_LENGTH));
    }

    /** How many bytes a second-level table has, as every unit of allocation. */
    int clusterBytes() {
        return 1 << clusterBits;
    }

    /** How many bytes an entry of a second-level table has. */
    int entryBytes() {
        return extended ? 2 * Long.BYTES : Long.BYTES;
    }

    /** Which entry of the active table is the first one behind the disk's end, where QEMU keeps saved RAM. */
    int firstBehindEnd() {
        long covered = (long) clusterBytes() * (clusterBytes() / entryBytes());
        long needed = virtualBytes / covered + (virtualBytes % covered == 0 ? 0 : 1);
        return (int) Math.min(tableEntries, needed);
    }

    static DriverException unknown(String why) {
        return new DriverException(
                ImageVolumes.DRIVER, DriverException.Reason.BROKEN, "the image's tables are left alone: " + why);
    }
}
