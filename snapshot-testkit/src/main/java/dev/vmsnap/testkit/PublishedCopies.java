package dev.vmsnap.testkit;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VmRecord;
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

    boolean hasOthers(VmId vm, String store) {
        return copies(vm).stream()
                .anyMatch(copy ->
                        copy.store().filter(other -> !other.equals(store)).isPresent());
    }

    Stream<VmId> vms() {
        return copies.stream().map(copy -> copy.record().vm()).distinct();
    }

    void add(RecordsCopy copy) {
        copies.add(copy);
    }

    /** Removes copies of other stores in which everything is named by a copy, or was dropped. */
    void supersede(RecordsCopy copy, Set<String> stores, Set<SnapshotId> dropped) {
        copies.removeIf(theirs -> theirs.record().vm().equals(copy.record().vm())
                && !theirs.store().equals(copy.store())
                && theirs.store().filter(stores::contains).isPresent()
                && named(theirs)
                        .allMatch(id -> dropped.contains(id) || named(copy).anyMatch(id::equals)));
    }

    private static Stream<SnapshotId> named(RecordsCopy copy) {
        return Stream.concat(
                copy.record().tree().snapshots().stream().map(Snapshot::id),
                copy.record().leftovers().stream().map(VmRecord.Leftover::snapshot));
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
