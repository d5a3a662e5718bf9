package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.storage.file.image.ImageBytes.Range;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what the snapshots inside a qcow2 image take, from the image's own tables: no tool of QEMU's tells it. Reference
 * counters are not looked at, since they may be out of date.
 *
 * <p>RAM that the active state still holds behind the disk's end does not count as in use there: deleting the snapshot
 * frees it too ({@link RamRemains}).
 *
 * <p>No lock is taken and nothing is written, so it does not matter who has the image open. While a VM runs, what it has
 * changed since QEMU last wrote its tables out is not seen; a snapshot then takes more than is counted, never less.
 *
 * <p>Whatever stands in an image, a count ends and needs less than 256 MiB of memory; few images need a tenth of that.
 */
final class SpaceCount {
    private static final Logger LOG = LoggerFactory.getLogger(SpaceCount.class);

    private static final int FIRST_LOOK = 1 << 14;
    private static final Range HEAD = new Range(0, Qcow2Header.LENGTH);

    private final ImageBytes bytes;
    private final Clock clock;
    private final Duration limit;
    private final Instant end;

    /**
     * Makes it; the time begins to run.
     *
     * @param bytes the way to files
     * @param clock tells when it is too late
     * @param limit how long the count of all images may take
     */
    SpaceCount(ImageBytes bytes, Clock clock, Duration limit) {
        this.bytes = bytes;
        this.clock = clock;
        this.limit = limit;
        this.end = clock.instant().plus(limit);
    }

    /**
     * Counts.
     *
     * @param node the image, whoever has it open
     * @return what its snapshots take; empty when it cannot be told: the image is damaged, has more tables than can be read
     *     in time, or was changed meanwhile
     */
    Optional<SnapshotSpace> of(ImageNode node) {
        try {
            long length = bytes.length(node);
            Layout layout = layout(node, length);
            long[] units =
                    new TableWalk(layout.header(), layout.directory(), length, ranges -> read(node, ranges)).units();
            requireSame(layout, node);
            return Optional.of(space(layout, units));
        } catch (DriverException untold) {
            LOG.info(
                    "nobody knows what snapshots take in {}: {}",
                    ToolFailure.printable(node.path()),
                    untold.getMessage());
            return Optional.empty();
        }
    }

    /**
     * What is there besides tables.
     *
     * @param list where the list of snapshots was read, and perhaps more
     */
    private record Layout(Qcow2Header header, SnapshotDirectory directory, Range list) {
        /** How many bytes the list of snapshots needs less when it loses one. */
        long directoryBytesOf(SnapshotDirectory.Entry entry) {
            return whole(directory.bytes()) - whole(directory.bytes() - entry.bytes());
        }

        long whole(long length) {
            long cluster = header.clusterBytes();
            return (length + cluster - 1) / cluster * cluster;
        }
    }

    private Layout layout(ImageNode node, long length) {
        Qcow2Header header = Qcow2Header.parse(read(node, List.of(HEAD)).get(0));
        if (header.snapshots() < 1 || header.snapshots() > ClusterOwners.MOST_SNAPSHOTS) {
            throw Qcow2Header.unknown("it has no snapshots, or more than are told apart");
        }
        long there = length - header.directoryOffset();
        for (long look = FIRST_LOOK; header.directoryOffset() >= 0 && there > 0; look *= 8) {
            Range list =
                    new Range(header.directoryOffset(), (int) Math.min(Math.min(look, there), ImageBytes.MOST_BYTES));
            Optional<SnapshotDirectory> directory =
                    SnapshotDirectory.parse(read(node, List.of(list)).get(0), header.snapshots());
            if (directory.isPresent()) {
                return new Layout(header, directory.get(), list);
            }
            if (list.length() < look) {
                break;
            }
        }
        throw Qcow2Header.unknown("its list of snapshots has no end");
    }

    private void requireSame(Layout layout, ImageNode node) {
        List<byte[]> now = read(node, List.of(HEAD, layout.list()));
        if (!Qcow2Header.parse(now.get(0)).equals(layout.header())
                || !SnapshotDirectory.parse(now.get(1), layout.header().snapshots())
                        .equals(Optional.of(layout.directory()))) {
            throw Qcow2Header.unknown("its snapshots have changed meanwhile");
        }
    }

    private List<byte[]> read(ImageNode node, List<Range> ranges) {
        if (!clock.instant().isBefore(end)) {
            throw Qcow2Header.unknown("they are not read within " + limit.toSeconds() + " s");
        }
        return bytes.read(node, ranges);
    }

    private static SnapshotSpace space(Layout layout, long[] units) {
        Map<String, Long> alone = new HashMap<>();
        Set<String> repeated = new HashSet<>();
        long unit = ClusterTable.unitBytes(layout.header());
        long together = layout.whole(layout.directory().bytes()) + units[ClusterOwners.SEVERAL] * unit;
        List<SnapshotDirectory.Entry> entries = layout.directory().entries();
        for (int index = 0; index < entries.size(); index++) {
            SnapshotDirectory.Entry entry = entries.get(index);
            long own = units[ClusterOwners.snapshot(index)] * unit;
            together += own;
            if (alone.put(entry.name(), own + layout.directoryBytesOf(entry)) != null) {
                repeated.add(entry.name());
            }
        }
        alone.keySet().removeAll(repeated);
        return new SnapshotSpace(alone, together);
    }
}
