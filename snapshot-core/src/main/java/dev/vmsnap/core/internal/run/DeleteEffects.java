package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.VmRecord;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What deletes snapshots, and what keeps the copies of the records beside the volumes. */
final class DeleteEffects {

    private static final Logger LOG = LoggerFactory.getLogger(DeleteEffects.class);
    private static final Set<Verb> DELETING = EnumSet.of(Verb.DELETE, Verb.DELETE_ALL, Verb.DELETE_VM);

    private DeleteEffects() {}

    static Map<StepKind, Effect> all() {
        return Map.of(
                StepKind.MARK_DELETING, new Mark(),
                StepKind.DELETE,
                        (work, id) -> work.tree().find(SnapshotId.of(id)).ifPresent(snapshot -> delete(work, snapshot)),
                StepKind.RECLAIM,
                        (work, nothing) -> Reclamation.run(
                                work, Survey.volumes(work.record(), work.entry().snapshots())),
                StepKind.COMMIT_DELETE,
                        (work, nothing) ->
                                work.change(tree -> tree.prune(work.entry().snapshots())),
                StepKind.FORGET, (work, nothing) -> forget(work),
                StepKind.PUBLISH, DeleteEffects::publish,
                StepKind.UNPUBLISH, DeleteEffects::unpublish);
    }

    private static void delete(Work work, Snapshot snapshot) {
        List<VmRecord.Leftover> left = ReachableParts.delete(work, snapshot);
        if (!left.isEmpty()) {
            work.leave(left);
        }
    }

    private static final class Mark implements Effect {
        @Override
        public void run(Work work, String nothing) {
            each(work, s -> s.withStatus(Snapshot.Status.DELETING));
        }

        @Override
        public void undo(Work work, String nothing) {
            each(work, s -> s.status() == Snapshot.Status.DELETING ? asBefore(s) : s);
        }

        private static Snapshot asBefore(Snapshot snapshot) {
            return snapshot.receipt().isPresent()
                    ? snapshot.withStatus(Snapshot.Status.AVAILABLE)
                    : snapshot.unavailable(Snapshot.Reason.INTERRUPTED);
        }
    }

    /**
     * Other operations that are open on the VM have nothing left to finish, but for copies of its disks. The record stays for
     * as long as parts are left behind.
     */
    private static void forget(Work work) {
        work.wiring().store().journal(work.vm()).stream()
                .filter(open -> open.verb() != Verb.CLONE)
                .map(JournalEntry::operation)
                .filter(operation -> !operation.equals(work.entry().operation()))
                .forEach(operation -> work.wiring().store().close(operation, work.lease()));
        if (work.record().leftovers().isEmpty()) {
            work.wiring().store().forget(work.lease());
        } else {
            work.forgetSettings();
        }
    }

    /** Changes every snapshot that the operation deletes. */
    static void each(Work work, UnaryOperator<Snapshot> change) {
        work.change(tree -> tree.replaceAll(work.entry().snapshots().stream()
                .flatMap(id -> tree.find(id).stream())
                .map(change)
                .toList()));
    }

    /** Keeps the copy of the records on storage that did not answer, until the part left behind is deleted. */
    private static void unpublish(Work work, String storage) {
        try {
            publish(work, storage);
        } catch (DriverException e) {
            boolean left = work.record().leftovers().stream()
                    .anyMatch(part -> part.volume().storage().equals(storage));
            if (!left) {
                throw e;
            }
            LOG.warn("VM {}: the manifest on {} is taken away later: {}", work.vm(), storage, e.getMessage(), e);
        }
    }

    // While the doomed snapshots are still recorded their volumes are known, so a deletion publishes before it commits.
    private static void publish(Work work, String storage) {
        VmRecord record = work.record();
        List<Volume> volumes = record.tree().snapshots().stream()
                .flatMap(s -> s.volumes().stream())
                .filter(v -> v.storage().equals(storage))
                .distinct()
                .toList();
        Set<SnapshotId> gone =
                DELETING.contains(work.entry().verb()) ? Set.copyOf(work.entry().snapshots()) : Set.of();
        Call call = work.entry().verb() == Verb.MIGRATE ? work.call(MigrateEffects.there(work)) : work.call();
        work.storage(storage)
                .publish(
                        volumes,
                        Publication.of(
                                work.wiring(), record.withTree(record.tree().prune(gone))),
                        gone,
                        call);
    }
}
