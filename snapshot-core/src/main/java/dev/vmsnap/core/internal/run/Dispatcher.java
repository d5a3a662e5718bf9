package dev.vmsnap.core.internal.run;

import dev.vmsnap.Actor;
import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.Operation;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.plan.OperationPlan;
import dev.vmsnap.core.internal.rules.Sighting;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Starts operations: lease, what an earlier process left open, preparation, journal; then the executor runs the steps. */
final class Dispatcher {
    private final Wiring wiring;
    private final Leases leases;
    private final Recovery recovery;
    private final StepRunner runner;
    private final Events events;
    private final RunningOperations running;
    private final Duration patience;

    Dispatcher(
            Wiring wiring,
            Leases leases,
            Recovery recovery,
            StepRunner runner,
            Events events,
            RunningOperations running,
            Duration patience) {
        this.wiring = wiring;
        this.leases = leases;
        this.recovery = recovery;
        this.runner = runner;
        this.events = events;
        this.running = running;
        this.patience = patience;
    }

    Lease acquire(VmId vm, Verb verb, String operation) {
        return DamagedRecords.orRefused(() -> leases.acquire(wiring, vm, verb, operation, patience));
    }

    /** Inspects, judges and plans, under the lease. */
    interface Preparation<T> {
        Prepared<T> prepare(Lease lease);
    }

    <T> Operation<T> start(VmId vm, Verb verb, Actor actor, Preparation<T> preparation) {
        RunningOperation<T> operation =
                new RunningOperation<>(wiring.operationIds().get(), running::remove);
        boolean handedOver = false;
        running.add(operation);
        try {
            Lease lease = acquire(vm, verb, operation.id());
            try {
                Supplier<Supplier<T>> steps = () -> steps(operation, actor, lease, prepared(lease, verb, preparation));
                if (wiring.preparesOnExecutor()) {
                    submit(operation, lease, () -> steps.get().get(), () -> {});
                } else {
                    submit(operation, lease, steps.get(), () -> wiring.store().close(operation.id(), lease));
                }
                handedOver = true;
                return operation;
            } finally {
                if (!handedOver) {
                    leases.release(lease);
                }
            }
        } finally {
            if (!handedOver) {
                running.remove(operation);
            }
        }
    }

    private <T> Prepared<T> prepared(Lease lease, Verb verb, Preparation<T> preparation) {
        return DamagedRecords.orRefused(() -> {
            // Deleting the VM needs nothing of what is still open: its snapshots go, whatever state they are in.
            settled(lease, verb == Verb.DELETE_VM);
            return preparation.prepare(lease);
        });
    }

    /** Opens the journal entry, and returns what runs the steps and yields the result. */
    private <T> Supplier<T> steps(RunningOperation<T> operation, Actor actor, Lease lease, Prepared<T> prepared) {
        requireWanted(operation);
        JournalEntry entry = entry(lease, actor, prepared);
        leases.need(lease, needed(entry, prepared.situation()));
        Work work = Work.fresh(wiring, leases, entry, lease, operation::isCancelled);
        prepared.into(work);
        wiring.store().open(entry, lease);
        events.tell(entry, Phase.STARTED, "");
        return () -> {
            runner.run(work, 0, operation::progress);
            return prepared.result().apply(work);
        };
    }

    private <T> void submit(RunningOperation<T> operation, Lease lease, Supplier<T> work, Runnable giveBack) {
        // The operation must not refer to its task, which tells it by that whether the executor has dropped it.
        Runnable task = () -> operation.run(() -> {
            try {
                return work.get();
            } finally {
                leases.release(lease);
            }
        });
        operation.queue(task, () -> {
            try {
                giveBack.run();
            } finally {
                leases.release(lease);
            }
        });
        try {
            wiring.executor().execute(task);
        } catch (RejectedExecutionException e) {
            DriverException full = new DriverException(
                    "core", DriverException.Reason.BROKEN, "The host's executor takes no more work.", e);
            try {
                giveBack.run();
            } catch (RuntimeException alsoFailed) {
                full.addSuppressed(alsoFailed);
            }
            throw full;
        }
    }

    private static void requireWanted(RunningOperation<?> operation) {
        if (operation.isCancelled()) {
            throw new CancelledException(
                    "Operation " + operation.id() + " was cancelled before it began; nothing was done.");
        }
    }

    /** Settles what an earlier process left open on this VM; a verb never builds on a half-done one. */
    void settled(Lease lease, boolean asFarAsItGoes) {
        List<RepairNeededException.Leftover> open = recovery.settle(lease, false).stream()
                .filter(r -> r.outcome() == RecoveryReport.Outcome.STILL_OPEN)
                .map(r -> new RepairNeededException.Leftover(r.verb() + " " + r.operation(), r.detail()))
                .toList();
        if (!open.isEmpty() && !asFarAsItGoes) {
            throw new RepairNeededException(
                    "An earlier operation on VM " + lease.vm() + " is still open.",
                    open,
                    new DriverException("core", DriverException.Reason.UNREACHABLE, open.toString()));
        }
    }

    /** The nodes that the steps work on, and the storages on which the VM has disks, snapshots or parts that were left. */
    private static Tenure.DriverNames needed(JournalEntry entry, Situation situation) {
        Set<String> nodes = new HashSet<>();
        nodes.add(entry.node());
        nodes.add(entry.facts().getOrDefault(Facts.TARGET, entry.node()));
        VmRecord record = situation.record();
        Stream<Volume> volumes = Stream.concat(
                record.tree().snapshots().stream().flatMap(snapshot -> snapshot.volumes().stream()),
                record.leftovers().stream().map(VmRecord.Leftover::volume));
        Stream<String> claimed = situation.claims().stream().flatMap(claim -> claim.owners().keySet().stream());
        return new Tenure.DriverNames(
                nodes, Stream.concat(claimed, volumes.map(Volume::storage)).collect(Collectors.toSet()));
    }

    JournalEntry entry(Lease lease, Actor actor, Prepared<?> prepared) {
        Map<String, String> facts = new HashMap<>();
        Situation situation = prepared.situation();
        String node = situation
                .chosen()
                .map(Sighting::node)
                .or(() -> situation.record().node())
                .orElse("");
        situation.chosen().ifPresent(at -> {
            facts.put(Facts.POWER, at.vm().power().name());
            facts.put(Facts.NAME, at.vm().name());
        });
        facts.putAll(prepared.facts());
        OperationPlan plan = prepared.plan();
        return new JournalEntry(
                lease.operation(),
                lease.vm(),
                plan.verb(),
                actor,
                node,
                wiring.clock().instant(),
                plan.snapshots(),
                plan.pointOfNoReturn(),
                plan.steps().stream()
                        .map(s -> new JournalEntry.Step(s.kind().name(), s.subject(), JournalEntry.Mark.PLANNED))
                        .toList(),
                facts);
    }
}
