package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.Verb;
import dev.vmsnap.core.internal.plan.PlannedStep;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.core.internal.rules.Wholeness;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.JournalEntry.Mark;
import dev.vmsnap.spi.Lease;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finishes or undoes an operation that an earlier process left open: before its point of no return it is undone, after
 * it it goes forward. What can do neither is closed with the snapshot unavailable, unless trying again later may help or, of
 * a restore, the snapshot is whole.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /** What may be gone the next time. */
    private static final Set<Reason> LATER = EnumSet.of(
            Reason.UNREACHABLE,
            Reason.TIMEOUT,
            Reason.TOOL_MISSING,
            Reason.IN_USE,
            Reason.CONFLICT,
            Reason.LEASE_LOST,
            Reason.NO_SPACE);

    private final Wiring wiring;
    private final NodeQueries nodes;
    private final Survey survey;
    private final Leases leases;
    private final StepRunner runner;
    private final Aftermath aftermath;

    Recovery(Wiring wiring, NodeQueries nodes, Survey survey, Leases leases, StepRunner runner, Aftermath aftermath) {
        this.wiring = wiring;
        this.nodes = nodes;
        this.survey = survey;
        this.leases = leases;
        this.runner = runner;
        this.aftermath = aftermath;
    }

    /**
     * Settles everything that is open on the VM of a lease.
     *
     * @param patient whether a restore that cannot go on now stays open, so that the VM comes up once the cause is mended; a
     *     verb does not wait for that
     */
    List<Recovered> settle(Lease lease, boolean patient) {
        return wiring.store().journal(lease.vm()).stream()
                .map(entry -> settle(entry, lease, patient))
                .toList();
    }

    private Recovered settle(JournalEntry entry, Lease lease, boolean patient) {
        LOG.info("VM {}: operation {} ({}) was left open", entry.vm(), entry.operation(), entry.verb());
        Work work = Work.recovered(wiring, nodes, leases, entry, lease);
        try {
            if (goesForward(work)) {
                return forward(work);
            }
            int last = lastTouched(entry);
            List<RepairNeededException.Leftover> leftovers =
                    last < 0 ? closeUntouched(work) : aftermath.undo(work, last, failure -> {});
            return leftovers.isEmpty()
                    ? outcome(work, Outcome.UNDONE, "everything was undone")
                    : later(work, leftovers.toString());
        } catch (SnapshotException e) {
            LOG.info("VM {}: operation {} could not be settled", entry.vm(), entry.operation(), e);
            return isLater(e) || (patient && mayComeUp(work))
                    ? later(work, withDisks(work, String.valueOf(e.getMessage())))
                    : giveUp(work, e);
        } catch (RuntimeException e) {
            // For example a step that only a newer version knows.
            LOG.error("VM {}: operation {} could not be settled", entry.vm(), entry.operation(), e);
            return later(work, String.valueOf(e));
        }
    }

    private static boolean goesForward(Work work) {
        JournalEntry entry = work.entry();
        if (entry.verb() == Verb.CREATE) {
            return work.snapshot()
                    .filter(s -> s.status() == Snapshot.Status.AVAILABLE)
                    .isPresent();
        }
        return lastTouched(entry) >= entry.pointOfNoReturn();
    }

    private Recovered forward(Work work) {
        int next = firstOpen(work.entry());
        if (work.entry().verb() == Verb.RESTORE && work.description().power().isActive()) {
            // A guest that runs now is never stopped by a recovery: either it was brought back by the step that was not
            // marked in time, or somebody has started it from disks that are not all back.
            if (isOpen(work.entry(), StepKind.APPLY)
                    || isOpen(work.entry(), StepKind.APPLY_PRESENT)
                    || startIsPending(work.entry())) {
                return abandonRestore(work);
            }
            next = indexOf(work.entry(), StepKind.COMMIT_RESTORE);
            completeBegun(work, next);
        }
        runner.run(work, next, progress -> {});
        String certificate =
                work.entry().verb() == Verb.RESTORE ? Certificates.of(work).summary() : "";
        return outcome(
                work, Outcome.FINISHED, "brought to its end" + (certificate.isEmpty() ? "" : "; ") + certificate);
    }

    /** Completes the steps before another one that were begun and of whose calls an answer may be lost. */
    private static void completeBegun(Work work, int before) {
        List<PlannedStep> steps = StepRunner.steps(work.entry());
        for (int at = 0; at < before; at++) {
            if (work.entry().steps().get(at).mark() == Mark.STARTED) {
                Effects.of(steps.get(at).kind()).complete(work, steps.get(at).subject());
            }
        }
    }

    private Recovered abandonRestore(Work work) {
        work.snapshot().ifPresent(s -> work.change(tree -> tree.replace(s.withStatus(Snapshot.Status.AVAILABLE))));
        wiring.store().close(work.entry().operation(), work.lease());
        return outcome(
                work, Outcome.ABANDONED, "the VM was started before all disks were back; restore the snapshot again");
    }

    private List<RepairNeededException.Leftover> closeUntouched(Work work) {
        wiring.store().close(work.entry().operation(), work.lease());
        return List.of();
    }

    /** Closes what will not work by trying again, in a state that has an exit. */
    private Recovered giveUp(Work work, SnapshotException why) {
        try {
            Optional<Snapshot.Reason> reason = fate(work);
            reason.ifPresentOrElse(
                    r -> DeleteEffects.each(work, s -> s.unavailable(r)),
                    () -> DeleteEffects.each(
                            work,
                            s -> s.status() == Snapshot.Status.RESTORING
                                    ? s.withStatus(Snapshot.Status.AVAILABLE)
                                    : s));
            wiring.store().close(work.entry().operation(), work.lease());
            String message = String.valueOf(why.getMessage());
            return reason.isPresent()
                    ? outcome(work, Outcome.UNAVAILABLE, message)
                    : outcome(work, Outcome.ABANDONED, withDisks(work, message) + "; the snapshot is whole");
        } catch (SnapshotException e) {
            return later(work, String.valueOf(e.getMessage()));
        }
    }

    /** Why the snapshots are of no use any more; a restore that fails need not be the snapshot's fault. */
    private Optional<Snapshot.Reason> fate(Work work) {
        return switch (work.entry().verb()) {
            case CREATE -> Optional.of(Snapshot.Reason.INTERRUPTED);
            case RESTORE ->
                work.snapshot()
                        .flatMap(s -> Wholeness.flaw(
                                survey.forRestore(work.vm(), s.id(), Intent.RestoreOptions.ORDINARY), s));
            case CLONE ->
                work.snapshot()
                        .filter(s -> s.status() == Snapshot.Status.CREATING)
                        .map(s -> Snapshot.Reason.INTERRUPTED);
            default -> Optional.of(Snapshot.Reason.HALF_DELETED);
        };
    }

    /** Whether a VM that ran before a restore is off now and could run again once the cause is mended. */
    private boolean mayComeUp(Work work) {
        if (work.entry().verb() != Verb.RESTORE || work.powerBefore() == PowerState.OFF) {
            return false;
        }
        try {
            return fate(work).isEmpty();
        } catch (SnapshotException unknown) {
            return true;
        }
    }

    private static String withDisks(Work work, String why) {
        return work.entry().verb() == Verb.RESTORE ? why + "; " + RestoreState.of(work) : why;
    }

    private static Recovered later(Work work, String why) {
        return outcome(work, Outcome.STILL_OPEN, why);
    }

    private static Recovered outcome(Work work, Outcome outcome, String detail) {
        JournalEntry entry = work.entry();
        return new Recovered(entry.operation(), entry.vm(), entry.verb(), outcome, detail);
    }

    private static boolean isLater(SnapshotException e) {
        Throwable root = e instanceof RepairNeededException ? e.getCause() : e;
        return root instanceof DriverException driver && LATER.contains(driver.reason());
    }

    private static int lastTouched(JournalEntry entry) {
        int last = -1;
        for (int i = 0; i < entry.steps().size(); i++) {
            if (entry.steps().get(i).mark() != Mark.PLANNED) {
                last = i;
            }
        }
        return last;
    }

    private static int firstOpen(JournalEntry entry) {
        int at = 0;
        while (at < entry.steps().size() && entry.steps().get(at).mark() == Mark.DONE) {
            at++;
        }
        return at;
    }

    private static boolean isOpen(JournalEntry entry, StepKind kind) {
        return entry.steps().stream().anyMatch(s -> s.kind().equals(kind.name()) && s.mark() != Mark.DONE);
    }

    private static boolean startIsPending(JournalEntry entry) {
        return entry.steps().stream()
                .filter(s -> s.kind().equals(StepKind.LOAD_RAM_IN_IMAGES.name())
                        || s.kind().equals(StepKind.LOAD_RAM_BESIDE.name())
                        || s.kind().equals(StepKind.START.name()))
                .anyMatch(s -> s.mark() == Mark.PLANNED);
    }

    private static int indexOf(JournalEntry entry, StepKind kind) {
        int at = 0;
        while (!entry.steps().get(at).kind().equals(kind.name())) {
            at++;
        }
        return at;
    }
}
