package dev.vmsnap.storage.file.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The list of the snapshots inside a qcow2 image, as it stands in the file.
 *
 * @param entries the snapshots, in its order
 * @param bytes how long it is
 */
record SnapshotDirectory(List<Entry> entries, long bytes) {
    private static final int FIXED_BYTES = 40;
    private static final int OFFSET_OF_TABLE_ENTRIES = 8;
    private static final int OFFSET_OF_ID_LENGTH = 12;
    private static final int OFFSET_OF_NAME_LENGTH = 14;
    private static final int OFFSET_OF_EXTRA_LENGTH = 36;
    private static final int ALIGNMENT = 8;
    private static final int MOST_TABLE_ENTRIES = (32 << 20) / Long.BYTES;

    SnapshotDirectory {
        entries = List.copyOf(entries);
    }

    /**
     * One snapshot.
     *
     * @param name its name
     * @param tableOffset where its table of tables is in the file, in bytes
     * @param tableEntries how many second-level tables that names
     * @param bytes how long the entry is
     */
    record Entry(String name, long tableOffset, int tableEntries, int bytes) {}

    /**
     * Reads the list.
     *
     * @param text the file from where it begins; may hold more than the list
     * @param count how many snapshots there are
     * @return the list; empty when it goes on behind the end of the text
     * @throws dev.vmsnap.DriverException {@code BROKEN} if it makes no sense
     */
    static Optional<SnapshotDirectory> parse(byte[] text, int count) {
        ByteBuffer bytes = ByteBuffer.wrap(text);
        List<Entry> entries = new ArrayList<>();
        int at = 0;
        while (entries.size() < count) {
            if (at > text.length - FIXED_BYTES) {
                return Optional.empty();
            }
            int id = Short.toUnsignedInt(bytes.getShort(at + OFFSET_OF_ID_LENGTH));
            int name = Short.toUnsignedInt(bytes.getShort(at + OFFSET_OF_NAME_LENGTH));
            long extra = Integer.toUnsignedLong(bytes.getInt(at + OFFSET_OF_EXTRA_LENGTH));
            long end = at + FIXED_BYTES + extra + id + name;
            if (end > text.length) {
                return Optional.empty();
            }
            int tableEntries = bytes.getInt(at + OFFSET_OF_TABLE_ENTRIES);
            if (tableEntries < 0 || tableEntries > MOST_TABLE_ENTRIES) {
                throw Qcow2Header.unknown("a snapshot in it makes no sense");
            }
            int next = (int) ((end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
            entries.add(new Entry(
                    new String(text, (int) end - name, name, StandardCharsets.UTF_8),
                    bytes.getLong(at),
                    tableEntries,
                    next - at));
            at = next;
        }
        return Optional.of(new SnapshotDirectory(entries, at));
    }
}
