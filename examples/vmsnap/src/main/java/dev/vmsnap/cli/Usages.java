package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What snapshots take, in words.
 *
 * @param all for each snapshot and disk of which storage can tell
 * @param unknown why nothing could be inspected; empty if something was, or nobody asked
 */
record Usages(List<Snapshot.Usage> all, Optional<String> unknown) {
    static final Usages UNKNOWN = new Usages(List.of(), Optional.empty());

    private static final double NEARLY_FULL = 0.8;

    Usages {
        all = List.copyOf(all);
    }

    List<Snapshot.Usage> of(SnapshotId snapshot) {
        return all.stream().filter(usage -> usage.snapshot().equals(snapshot)).toList();
    }

    Optional<Snapshot.Usage> of(SnapshotId snapshot, String disk) {
        return of(snapshot).stream().filter(usage -> usage.disk().equals(disk)).findFirst();
    }

    long usedBytes() {
        return used(all);
    }

    /** What deleting each of them alone would free, added up; what several share among them is in none of it. */
    long freedBytes() {
        return freed(all);
    }

    /** One phrase for a snapshot: what all its disks take, how full the fullest is, and what deleting it frees. */
    Optional<String> brief(SnapshotId snapshot) {
        List<Snapshot.Usage> parts = of(snapshot);
        if (parts.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Units.bytes(used(parts)) + " used"
                + fullest(parts).map(usage -> ", " + percent(usage) + " full").orElse("")
                + (freed(parts) == used(parts) ? "" : ", frees " + Units.bytes(freed(parts))));
    }

    static long used(List<Snapshot.Usage> parts) {
        return parts.stream().mapToLong(Snapshot.Usage::usedBytes).sum();
    }

    static long freed(List<Snapshot.Usage> parts) {
        return parts.stream().mapToLong(Snapshot.Usage::freedBytes).sum();
    }

    /** Whether a disk's part of a snapshot has little room left. */
    boolean isNearlyFull(SnapshotId snapshot) {
        return fullest(of(snapshot))
                .filter(usage -> usage.fill() >= NEARLY_FULL)
                .isPresent();
    }

    /** How full a part is, rounded down: what is not lost yet is not called full. */
    static String percent(Snapshot.Usage usage) {
        return (int) Math.floor(usage.fill() * 100) + " %";
    }

    private static Optional<Snapshot.Usage> fullest(List<Snapshot.Usage> parts) {
        return parts.stream()
                .filter(usage -> usage.roomBytes().isPresent())
                .max(Comparator.comparingDouble(Snapshot.Usage::fill));
    }
}
