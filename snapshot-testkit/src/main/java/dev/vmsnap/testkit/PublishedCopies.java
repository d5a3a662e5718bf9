package dev.vmsnap.testkit;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.RecordsCopy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The copies of records on one storage. Its owner guards it. */
final class PublishedCopies {
    private final List<RecordsCopy> copies = new ArrayList<>();

    List<RecordsCopy> copies(VmId vm) {
        return copies.stream().filter(copy -> copy.record().vm().equals(vm)).toList();
    }

    Stream<VmId> vms() {
        return copies.stream().map(copy -> copy.record().vm()).distinct();
    }

    void add(RecordsCopy copy) {
        copies.add(copy);
    }

    /** Keeps of the same store what is newer, or names a snapshot that the new copy does not and that is still there. */
    void publish(RecordsCopy copy, Set<SnapshotId> dropped, Predicate<SnapshotId> isThere) {
        copies.removeIf(older -> older.record().vm().equals(copy.record().vm())
                && (older.store().isEmpty() || older.store().equals(copy.store()))
                && older.record().revision() <= copy.record().revision()
                && older.record().tree().snapshots().stream()
                        .map(snapshot -> snapshot.id())
                        .filter(id -> copy.record().tree().find(id).isEmpty() && !dropped.contains(id))
                        .noneMatch(isThere));
        if (!copy.record().tree().isEmpty()) {
            copies.add(copy);
        }
    }
}
