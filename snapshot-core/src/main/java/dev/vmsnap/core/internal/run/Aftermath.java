package dev.vmsnap.core.internal.run;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.RepairNeededException.Leftover;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.StoreException;
import dev.vmsnap.Verb;
import dev.vmsnap.core.internal.plan.PlannedStep;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.JournalEntry.Mark;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What happens after a step has failed: everything is undone, or what is left is recorded. */
final class Aftermath {
    private static final Logger LOG = LoggerFactory.getLogger(Aftermath.class);
    private static final int GUEST_ATTEMPTS = 3;
    private static final long FULL_BELOW_BYTES = 8L << 20;
    private static final Set<StepKind> WRITING = Set.of(
            StepKind.PREPARE,
            StepKind.RESERVE_RAM,
            StepKind.CUT,
            StepKind.CUT_IN_IMAGES,
            StepKind.SAVE_RAM_IN_IMAGES,
            StepKind.SAVE_RAM_BESIDE);

    private static final Set<StepKind> RECORDING =
            Set.of(StepKind.RECORD, StepKind.MARK_RESTORING, StepKind.MARK_DELETING);

    private final Events events;

    Aftermath(Events events) {
        this.events = events;
    }

    /** Settles an operation whose step failed, and returns what its caller is told. */
    SnapshotException settle(Work work, int failed, RuntimeException failure) {
        PlannedStep step = StepRunner.steps(work.entry()).get(failed);
        if (work.tenure().isOver()) {
            // Another process has settled this operation, so this one changes nothing more, for any failure.
            return passedOver(work, step, failure);
        }
        SnapshotException cause = asSnapshotException(failure);
        if (cause instanceof CancelledException) {
            LOG.info(
                    "VM {}: operation {} was cancelled", work.vm(), work.entry().operation());
        } else {
            LOG.info(
                    "VM {}: '{}' failed in operation {}",
                    work.vm(),
                    step.label(),
                    work.entry().operation(),
                    failure);
        }
        if (failed >= work.entry().pointOfNoReturn()) {
            return repairNeeded(work, List.of(leftover(step, cause)), cause);
        }
        if (ranOutOfSpace(work, step, cause)) {
            work.fate(Snapshot.Reason.NO_SPACE);
            cause = new DriverException(
                    ((DriverException) cause).driver(),
                    DriverException.Reason.NO_SPACE,
                    "Space ran out while the snapshot was being made: " + cause.getMessage(),
                    failure);
        }
        List<Leftover> leftovers = undo(work, failed, suppressedBy(cause));
        if (!leftovers.isEmpty() && work.tenure().isOver()) {
            return passedOver(work, step, failure);
        }
        if (!leftovers.isEmpty()) {
            return repairNeeded(work, leftovers, cause);
        }
        events.tell(work.entry(), Phase.UNDONE, String.valueOf(cause.getMessage()), reason(cause));
        return cause;
    }

    private static DriverException passedOver(Work work, PlannedStep step, RuntimeException failure) {
        LOG.warn("VM {}: the lease was lost at '{}'", work.vm(), step.label(), failure);
        String last = work.tenure().mayHaveChanged()
                ? "may have been done, in whole or in part, after the other process began"
                : "has changed nothing";
        return new DriverException(
                "core",
                DriverException.Reason.LEASE_LOST,
                "Another process has taken over VM " + work.vm() + ": this one gave no sign of life for longer than its"
                        + " lease lasts. Its last step, '" + step.label() + "', " + last + ".",
                failure);
    }

    private static Consumer<RuntimeException> suppressedBy(SnapshotException cause) {
        return failure -> {
            if (failure != cause) {
                cause.addSuppressed(failure);
            }
        };
    }

    /**
     * Undoes every step that may have had an effect, the guest first, then backwards; closes the entry when all went.
     *
     * @param failures receives why a step could not be undone
     */
    List<Leftover> undo(Work work, int last, Consumer<RuntimeException> failures) {
        work.goToTheEnd();
        JournalEntry entry = work.entry();
        List<PlannedStep> steps = StepRunner.steps(entry);
        List<Leftover> leftovers = new ArrayList<>();
        List<Integer> order = IntStream.rangeClosed(0, last)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> !steps.get(i).kind().touchesGuest())
                        .thenComparing(Comparator.reverseOrder()))
                .toList();
        for (int i : order) {
            PlannedStep step = steps.get(i);
            boolean recordStays = RECORDING.contains(step.kind()) && !leftovers.isEmpty();
            if (recordStays || letGoAlready(steps, i, last) || letGoBefore(entry, step, i)) {
                continue;
            }
            try {
                undo(work, step);
                work.wiring().store().mark(entry.operation(), i, Mark.UNDONE, work.lease());
            } catch (RuntimeException e) {
                LOG.info("VM {}: '{}' could not be undone", work.vm(), step.label(), e);
                leftovers.add(leftover(step, e));
                failures.accept(e);
            }
        }
        if (leftovers.isEmpty()) {
            try {
                work.wiring().store().close(entry.operation(), work.lease());
            } catch (RuntimeException e) {
                leftovers.add(new Leftover("close the journal", String.valueOf(e.getMessage())));
                failures.accept(e);
            }
        }
        return leftovers;
    }

    /** Whether the guest was held or frozen and let go again by a later step; what holds it now is not ours. */
    private static boolean letGoAlready(List<PlannedStep> steps, int at, int last) {
        StepKind kind = steps.get(at).kind();
        StepKind opposite = kind == StepKind.HOLD ? StepKind.RELEASE : StepKind.THAW;
        return kind.touchesGuest() && steps.subList(0, last).stream().anyMatch(s -> s.kind() == opposite);
    }

    /** Whether an earlier attempt to undo the operation let the guest go; what holds it now is not ours. */
    private static boolean letGoBefore(JournalEntry entry, PlannedStep step, int at) {
        return step.kind().touchesGuest() && entry.steps().get(at).mark() == Mark.UNDONE;
    }

    private static void undo(Work work, PlannedStep step) {
        for (int attempt = 1; ; attempt++) {
            try {
                Effects.of(step.kind()).undo(work, step.subject());
                return;
            } catch (RuntimeException e) {
                // A lost connection is made again by the next call, and a guest must not stay held for want of one.
                if (!step.kind().touchesGuest() || attempt == GUEST_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private RepairNeededException repairNeeded(Work work, List<Leftover> leftovers, SnapshotException cause) {
        markBroken(work);
        RepairNeededException told = new RepairNeededException(String.valueOf(cause.getMessage()), leftovers, cause);
        events.tell(work.entry(), Phase.REPAIR_NEEDED, String.valueOf(told.getMessage()), reason(cause));
        return told;
    }

    private static Map<String, String> reason(SnapshotException cause) {
        return cause instanceof DriverException driver
                ? Map.of("reason", driver.reason().name())
                : Map.of();
    }

    /** Makes visible that a snapshot cannot be used until somebody recovers or deletes it. */
    private static void markBroken(Work work) {
        Verb verb = work.entry().verb();
        if (verb == Verb.RESTORE || verb == Verb.MIGRATE || verb == Verb.CLONE) {
            return;
        }
        Snapshot.Reason reason = verb == Verb.CREATE ? Snapshot.Reason.INTERRUPTED : Snapshot.Reason.HALF_DELETED;
        try {
            DeleteEffects.each(work, s -> s.status() == Snapshot.Status.AVAILABLE ? s : s.unavailable(reason));
        } catch (RuntimeException e) {
            LOG.warn("VM {}: the snapshot could not be marked, and recover() will: {}", work.vm(), e.getMessage(), e);
        }
    }

    private static boolean ranOutOfSpace(Work work, PlannedStep step, SnapshotException cause) {
        if (work.entry().verb() != Verb.CREATE
                || !(cause instanceof DriverException driver)
                || cause instanceof StoreException
                || !WRITING.contains(step.kind())) {
            return false;
        }
        return driver.reason() == DriverException.Reason.NO_SPACE
                || (driver.reason() == DriverException.Reason.BROKEN && isFull(work));
    }

    // libvirt 9.0 reports a full file system under a RAM save as "Input/output error".
    private static boolean isFull(Work work) {
        try {
            return work.snapshot().stream()
                    .flatMap(s -> new VolumeSurvey(work.wiring())
                            .inspect(s.volumes(), work.call())
                            .all())
                    .flatMap(state -> state.asSeen().stream())
                    .anyMatch(state -> state.freeBytes() < FULL_BELOW_BYTES);
        } catch (RuntimeException e) {
            return false;
        }
    }

    private static SnapshotException asSnapshotException(RuntimeException failure) {
        if (failure instanceof SnapshotException known) {
            return known;
        }
        return new DriverException("core", DriverException.Reason.BROKEN, String.valueOf(failure), failure);
    }

    private static Leftover leftover(PlannedStep step, Throwable failure) {
        String what = failure instanceof CancelledException ? "cancelled" : String.valueOf(failure.getMessage());
        return new Leftover(step.label(), what);
    }
}
