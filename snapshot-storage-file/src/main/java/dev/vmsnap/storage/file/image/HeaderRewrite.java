package dev.vmsnap.storage.file.image;

import java.nio.ByteBuffer;

/**
 * Tells whether QEMU rewrites the header of an image as it opens it for writing. {@code qemu-img check -r} has not read
 * the snapshot table at that moment, writes that there are no snapshots, and then frees all their clusters (seen with
 * QEMU 7.2). Persistent bitmaps make it rewrite the header, and so do features that it would have to clear.
 */
final class HeaderRewrite {
    private static final int BITMAPS = 0x23852875;
    private static final int END = 0;
    private static final int MOST_BYTES = 4096;
    private static final int ALIGNMENT = 8;

    private HeaderRewrite() {}

    /**
     * Looks at an image.
     *
     * @param bytes the way to the file
     * @param node the image
     * @return true also when it cannot be told
     */
    static boolean happens(ImageBytes bytes, ImageNode node) {
        Qcow2Header header = Qcow2Header.parse(bytes.read(node, 0, Qcow2Header.LENGTH));
        if (header.autoclear() != 0) {
            return true;
        }
        ByteBuffer start = ByteBuffer.wrap(bytes.read(node, 0, Math.min(MOST_BYTES, header.clusterBytes())));
        long at = header.length();
        while (at >= 0 && at + 2 * Integer.BYTES <= start.capacity()) {
            int type = start.getInt((int) at);
            long length = Integer.toUnsignedLong(start.getInt((int) at + Integer.BYTES));
            if (type == END || type == BITMAPS) {
                return type == BITMAPS;
            }
            at += 2 * Integer.BYTES + (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
        return true;
    }
}
