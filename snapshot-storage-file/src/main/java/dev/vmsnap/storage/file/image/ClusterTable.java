package dev.vmsnap.storage.file.image;

import java.nio.ByteBuffer;

/**
 * Reads second-level tables: which clusters of the file the disk's clusters lie in.
 *
 * @param header the image
 * @param length how long the file is, in bytes; clusters behind it take nothing
 * @param owners told of each cluster
 */
record ClusterTable(Qcow2Header header, long length, ClusterOwners owners) {
    // How many parts of a cluster are told apart where they are.
    private static final int PARTS = 32;

    private static final long OFFSET = 0x00ff_ffff_ffff_fe00L;
    private static final long ANY_OFFSET = 0x00ff_ffff_ffff_ffffL;
    private static final long COMPRESSED = 1L << 62;
    private static final int SECTOR = 512;
    // A compressed cluster's entry has this many bits for where it lies and how long it is.
    private static final int COMPRESSED_BITS = 62;
    private static final int SECTOR_COUNT_BITS_LESS_THAN_CLUSTER_BITS = 8;

    /** Where what an entry of a table of tables names lies in the file; 0 when it names nothing. */
    static long offset(long entry) {
        return entry & OFFSET;
    }

    /**
     * Tells of every cluster that a table names.
     *
     * @param table its bytes
     * @param owner whose it is
     * @param onlyCompressed whether compressed clusters alone matter
     * @return whether there were compressed clusters
     */
    boolean read(byte[] table, int owner, boolean onlyCompressed) {
        ByteBuffer entries = ByteBuffer.wrap(table);
        boolean compressed = false;
        for (int at = 0; at < table.length; at += header.entryBytes()) {
            long entry = entries.getLong(at);
            if ((entry & COMPRESSED) != 0) {
                compressed = true;
                addCompressed(entry, owner);
            } else if (offset(entry) != 0 && !onlyCompressed) {
                int weight = header.extended() ? Integer.bitCount(entries.getInt(at + Long.BYTES + Integer.BYTES)) : 1;
                add(aligned(offset(entry)), owner, weight);
            }
        }
        return compressed;
    }

    /** Tells of clusters that hold tables. */
    void addTable(long offset, long bytes, int owner) {
        long first = aligned(offset);
        for (long cluster = first; cluster << header.clusterBits() < offset + bytes; cluster++) {
            add(cluster, owner, wholeCluster(header));
        }
    }

    /** How many bytes one unit of weight stands for. */
    static int unitBytes(Qcow2Header header) {
        return header.clusterBytes() / wholeCluster(header);
    }

    private static int wholeCluster(Qcow2Header header) {
        return header.extended() ? PARTS : 1;
    }

    /** It begins and ends anywhere, and several may share a cluster of the file. */
    private void addCompressed(long entry, int owner) {
        int countBits = header.clusterBits() - SECTOR_COUNT_BITS_LESS_THAN_CLUSTER_BITS;
        int shift = COMPRESSED_BITS - countBits;
        long sectors = ((entry >>> shift) & ((1L << countBits) - 1)) + 1;
        long begin = entry & ((1L << shift) - 1) & ANY_OFFSET;
        long end = begin / SECTOR * SECTOR + sectors * SECTOR;
        for (long cluster = begin >> header.clusterBits(); cluster << header.clusterBits() < end; cluster++) {
            add(cluster, owner, wholeCluster(header));
        }
    }

    private void add(long cluster, int owner, int weight) {
        if (cluster << header.clusterBits() < length) {
            owners.add(cluster, owner, weight);
        }
    }

    private long aligned(long offset) {
        if (offset % header.clusterBytes() != 0) {
            throw Qcow2Header.unknown("a table in it makes no sense");
        }
        return offset >> header.clusterBits();
    }
}
