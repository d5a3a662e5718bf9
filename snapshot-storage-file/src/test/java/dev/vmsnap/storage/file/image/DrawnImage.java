package dev.vmsnap.storage.file.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The tables of an image with clusters of 512 bytes, drawn by hand. The disk has 16 times 64 clusters. */
final class DrawnImage {
    static final int CLUSTER = 512;
    static final int PLACES = 16;
    static final int SLOTS = CLUSTER / Long.BYTES;

    private static final int FIXED = 40;
    private static final int EXTRA = 24;

    private final ByteBuffer bytes = ByteBuffer.allocate(4 << 20);
    private final Map<ByteBuffer, Long> tables = new HashMap<>();
    private int clusters = 1;

    DrawnImage() {
        bytes.putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 9).putInt(100, 104);
        bytes.putLong(24, (long) PLACES * SLOTS * CLUSTER);
    }

    /** A fresh cluster; returns its offset. */
    long cluster() {
        return (long) clusters++ * CLUSTER;
    }

    /** Draws the tables of a state with these entries; tables that are alike are one. Returns its table of tables. */
    long state(Map<Integer, Long> entries) {
        long[][] contents = new long[PLACES][];
        entries.forEach((at, entry) -> {
            int place = at / SLOTS;
            contents[place] = contents[place] == null ? new long[SLOTS] : contents[place];
            contents[place][at % SLOTS] = entry;
        });
        long first = cluster();
        for (int place = 0; place < PLACES; place++) {
            if (contents[place] != null) {
                put(first + (long) place * Long.BYTES, table(place, contents[place]));
            }
        }
        return first;
    }

    private long table(int place, long[] content) {
        ByteBuffer key = ByteBuffer.allocate(CLUSTER + Long.BYTES);
        key.asLongBuffer().put(content).put(place);
        return tables.computeIfAbsent(key, none -> {
            long table = cluster();
            for (int slot = 0; slot < SLOTS; slot++) {
                put(table + (long) slot * Long.BYTES, content[slot]);
            }
            return table;
        });
    }

    DrawnImage active(long table) {
        bytes.putInt(36, PLACES).putLong(40, table);
        return this;
    }

    /** A snapshot with that table of tables. */
    record Saved(String name, long table) {}

    /** Draws the list of snapshots; up to seven with short names fit in a cluster. */
    DrawnImage snapshots(Saved... all) {
        int list = clusters * CLUSTER;
        int at = list;
        for (Saved saved : all) {
            byte[] name = saved.name().getBytes(StandardCharsets.UTF_8);
            bytes.putLong(at, saved.table()).putInt(at + 8, PLACES);
            bytes.putShort(at + 12, (short) 1)
                    .putShort(at + 14, (short) name.length)
                    .putInt(at + 36, EXTRA);
            bytes.put(at + FIXED + EXTRA, (byte) '1').put(at + FIXED + EXTRA + 1, name);
            at += (FIXED + EXTRA + 1 + name.length + 7) / 8 * 8;
        }
        bytes.putInt(60, all.length).putLong(64, list);
        clusters += (at - list + CLUSTER - 1) / CLUSTER;
        return this;
    }

    DrawnImage put(long offset, long value) {
        bytes.putLong((int) offset, value);
        return this;
    }

    DrawnImage putInt(int offset, int value) {
        bytes.putInt(offset, value);
        return this;
    }

    byte[] file() {
        return Arrays.copyOf(bytes.array(), clusters * CLUSTER);
    }
}
