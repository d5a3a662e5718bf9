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
 */
record Usages(List<Snapshot.Usage> all) {
    static final Usages UNKNOWN = new Usages(List.of());

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

    /** One phrase for a snapshot: what all its disks take, and how full the fullest is. */
    Optional<String> brief(SnapshotId snapshot) {
        List<Snapshot.Usage> parts = of(snapshot);
        if (parts.isEmpty()) {
            return Optional.empty();
        }
        long used = parts.stream().mapToLong(Snapshot.Usage::usedBytes).sum();
        return Optional.of(Units.bytes(used) + " used"
                + fullest(parts).map(usage -> ", " + percent(usage) + " full").orElse(""));
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
