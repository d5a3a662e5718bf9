package dev.vmsnap.storage.file.image;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * RAM that the active state of an image still holds behind the disk's end: of a snapshot with RAM that failed halfway, or
 * of one that was restored. QEMU takes it for part of the disk once the disk grows, and the guest could read it.
 *
 * @param offset where the part of the active table that names it is in the file
 * @param length how long that part is, in bytes; 0 when the table ends with the disk
 * @param present whether that part names anything
 * @param ownedBytes what only the active state uses of it; the rest belongs to snapshots too. An empty table does not
 *     count: QEMU keeps one after each save of RAM and uses it for the next
 */
record RamRemains(long offset, long length, boolean present, long ownedBytes) {
    private static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;

    /**
     * Looks for such RAM.
     *
     * @param bytes the way to the file
     * @param node the image
     * @return what was found
     */
    static RamRemains find(ImageBytes bytes, ImageNode node) {
        Qcow2Header header = Qcow2Header.parse(bytes.read(node, 0, Qcow2Header.LENGTH));
        int first = header.firstBehindEnd();
        int length = (header.tableEntries() - first) * Long.BYTES;
        long offset = header.tableOffset() + (long) first * Long.BYTES;
        if (length == 0) {
            return new RamRemains(offset, 0, false, 0);
        }
        List<Long> tables = nonZero(bytes.read(node, offset, length), Long.BYTES);
        return new RamRemains(offset, length, !tables.isEmpty(), owned(bytes, node, header, tables));
    }

    private static long owned(ImageBytes bytes, ImageNode node, Qcow2Header header, List<Long> tables) {
        List<ImageBytes.Range> owned = tables.stream()
                .filter(RamRemains::usedOnce)
                .map(entry -> new ImageBytes.Range(entry & OFFSET_MASK, header.clusterBytes()))
                .toList();
        long clusters = 0;
        for (byte[] table : bytes.read(node, owned)) {
            long ram = nonZero(table, header.entryBytes()).stream()
                    .filter(RamRemains::usedOnce)
                    .count();
            clusters += ram == 0 ? 0 : 1 + ram;
        }
        return clusters * header.clusterBytes();
    }

    // The highest bit of an entry says that its reference counter is exactly one.
    private static boolean usedOnce(long entry) {
        return entry < 0;
    }

    private static List<Long> nonZero(byte[] table, int step) {
        ByteBuffer entries = ByteBuffer.wrap(table);
        List<Long> found = new ArrayList<>();
        for (int at = 0; at + Long.BYTES <= table.length; at += step) {
            long entry = entries.getLong(at);
            if (entry != 0) {
                found.add(entry);
            }
        }
        return found;
    }
}
