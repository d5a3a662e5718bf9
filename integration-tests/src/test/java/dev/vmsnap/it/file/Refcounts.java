package dev.vmsnap.it.file;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The reference counters of an image: another way to learn how many of its clusters are in use. */
final class Refcounts {
    private static final int OFFSET_OF_CLUSTER_BITS = 20;
    private static final int OFFSET_OF_TABLE = 48;
    private static final int OFFSET_OF_TABLE_CLUSTERS = 56;
    private static final int OFFSET_OF_ORDER = 96;
    private static final long OFFSET = ~0x1ffL;

    private Refcounts() {}

    /** What the clusters that anything uses take, in bytes. */
    static long bytesInUse(Path image) {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
            ByteBuffer header = ByteBuffer.wrap(read(file, 0, OFFSET_OF_ORDER + Integer.BYTES));
            int cluster = 1 << header.getInt(OFFSET_OF_CLUSTER_BITS);
            int order = header.getInt(Integer.BYTES) == 2 ? 4 : header.getInt(OFFSET_OF_ORDER);
            int bytes = header.getInt(OFFSET_OF_TABLE_CLUSTERS) * cluster;
            ByteBuffer table = ByteBuffer.wrap(read(file, header.getLong(OFFSET_OF_TABLE), bytes));
            long clusters = 0;
            for (int at = 0; at < bytes; at += Long.BYTES) {
                long block = table.getLong(at) & OFFSET;
                clusters += block == 0 ? 0 : inUse(read(file, block, cluster), 1 << order);
            }
            return clusters * cluster;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long inUse(byte[] block, int bits) {
        long clusters = 0;
        int width = bits / Byte.SIZE;
        for (int at = 0; at < block.length; at += width) {
            int set = 0;
            for (int i = at; i < at + width; i++) {
                set |= block[i];
            }
            clusters += set == 0 ? 0 : 1;
        }
        return clusters;
    }

    private static byte[] read(RandomAccessFile file, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        file.seek(offset);
        file.readFully(bytes, 0, (int) Math.min(length, file.length() - offset));
        return bytes;
    }
}
