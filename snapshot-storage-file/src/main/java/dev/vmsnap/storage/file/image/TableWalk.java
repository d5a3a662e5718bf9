package dev.vmsnap.storage.file.image;

import dev.vmsnap.storage.file.image.ImageBytes.Range;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/**
 * Goes through the tables of an image once, to learn whose each of its clusters is.
 *
 * <p>QEMU shares a cluster between states only at one place of the disk, so tables are compared place by place: where no
 * snapshot has a table of its own there is nothing to learn, and the table is not read. Compressed clusters are the
 * exception, since several places can share a cluster of the file: where a snapshot has some, the other tables are read
 * for them. Tables that share otherwise are damaged; the figures are wrong then, but never larger than the file.
 */
final class TableWalk {
    // A thousand states of a disk of 2 TiB with clusters of 64 KiB have so many; they take 32 MiB.
    private static final long MOST_ENTRIES = 1 << 22;

    private final Qcow2Header header;
    private final SnapshotDirectory directory;
    private final Function<List<Range>, List<byte[]>> file;
    private final ClusterOwners owners;
    private final ClusterTable clusters;
    private final List<Range> waiting = new ArrayList<>();
    private final List<Integer> waitingOwners = new ArrayList<>();
    private boolean compressed;

    /**
     * Makes it.
     *
     * @param header the image
     * @param directory its snapshots
     * @param length how long the file is, in bytes
     * @param file reads parts of it
     */
    TableWalk(Qcow2Header header, SnapshotDirectory directory, long length, Function<List<Range>, List<byte[]>> file) {
        this.header = header;
        this.directory = directory;
        this.file = file;
        this.owners = new ClusterOwners(header.extended());
        this.clusters = new ClusterTable(header, length, owners);
    }

    /** What each owner has, in units of {@link ClusterTable#unitBytes}. */
    long[] units() {
        long[][] states = states();
        for (int index = 0; index < directory.entries().size(); index++) {
            SnapshotDirectory.Entry entry = directory.entries().get(index);
            clusters.addTable(
                    entry.tableOffset(), (long) entry.tableEntries() * Long.BYTES, ClusterOwners.snapshot(index));
        }
        walk(states, false);
        if (compressed) {
            walk(states, true);
        }
        return owners.totals();
    }

    /** The tables of tables: the active state's, without what lies behind the disk's end, and each snapshot's. */
    private long[][] states() {
        List<Range> all = new ArrayList<>();
        long[][] states = new long[1 + directory.entries().size()][];
        states[0] = new long[header.firstBehindEnd()];
        addPieces(all, header.tableOffset(), states[0].length);
        long entries = states[0].length;
        for (int index = 1; index < states.length; index++) {
            SnapshotDirectory.Entry entry = directory.entries().get(index - 1);
            entries += entry.tableEntries();
            if (entries > MOST_ENTRIES) {
                throw Qcow2Header.unknown("they are more than are read");
            }
            states[index] = new long[entry.tableEntries()];
            addPieces(all, entry.tableOffset(), states[index].length);
        }
        Iterator<byte[]> pieces = file.apply(all).iterator();
        for (long[] state : states) {
            for (int done = 0; done < state.length; ) {
                byte[] piece = pieces.next();
                ByteBuffer.wrap(piece).asLongBuffer().get(state, done, piece.length / Long.BYTES);
                done += piece.length / Long.BYTES;
            }
        }
        return states;
    }

    private static void addPieces(List<Range> all, long offset, int entries) {
        int most = ImageBytes.MOST_BYTES / Long.BYTES;
        for (int done = 0; done < entries; done += most) {
            all.add(new Range(offset + (long) done * Long.BYTES, Math.min(most, entries - done) * Long.BYTES));
        }
    }

    /**
     * Reads the tables that tell snapshots from the active state, or the others.
     *
     * @param states all tables of tables
     * @param others whether it is the others, which matter for compressed clusters only
     */
    private void walk(long[][] states, boolean others) {
        int places = Arrays.stream(states).mapToInt(state -> state.length).max().orElse(0);
        long[] tables = new long[states.length];
        int[] of = new int[states.length];
        for (int place = 0; place < places; place++) {
            int count = tablesAt(place, states, tables, of);
            boolean alike = count == 1 && of[0] == ClusterOwners.ACTIVE;
            for (int table = 0; table < count && alike == others; table++) {
                await(tables[table], of[table], others);
            }
        }
        readWaiting(others);
    }

    /** The different tables at one place of the disk and their owners; returns how many. */
    private static int tablesAt(int place, long[][] states, long[] tables, int[] of) {
        int count = 0;
        for (int state = 0; state < states.length; state++) {
            long table = place < states[state].length ? ClusterTable.offset(states[state][place]) : 0;
            int owner = state == 0 ? ClusterOwners.ACTIVE : ClusterOwners.snapshot(state - 1);
            int at = 0;
            while (at < count && tables[at] != table) {
                at++;
            }
            if (table != 0) {
                tables[at] = table;
                of[at] = at < count ? ClusterOwners.both(of[at], owner) : owner;
                count = Math.max(count, at + 1);
            }
        }
        return count;
    }

    private void await(long table, int owner, boolean others) {
        if (!others) {
            clusters.addTable(table, header.clusterBytes(), owner);
        }
        waiting.add(new Range(table, header.clusterBytes()));
        waitingOwners.add(owner);
        if ((long) waiting.size() * header.clusterBytes() >= ImageBytes.MOST_BYTES) {
            readWaiting(others);
        }
    }

    private void readWaiting(boolean others) {
        List<byte[]> tables = waiting.isEmpty() ? List.of() : file.apply(waiting);
        for (int index = 0; index < tables.size(); index++) {
            boolean some = clusters.read(tables.get(index), waitingOwners.get(index), others);
            compressed |= some && waitingOwners.get(index) != ClusterOwners.ACTIVE;
        }
        waiting.clear();
        waitingOwners.clear();
    }
}
