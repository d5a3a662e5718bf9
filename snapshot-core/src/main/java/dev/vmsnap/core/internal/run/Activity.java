package dev.vmsnap.core.internal.run;

import dev.vmsnap.Actor;
import dev.vmsnap.Operation;
import dev.vmsnap.Operation.Progress;
import dev.vmsnap.core.internal.rules.Rules;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Lists the operations on the VMs of a store, in any process, from leases and journal, and cancels them. */
final class Activity {
    private final Wiring wiring;
    private final Leases leases;
    private final RunningOperations running;

    Activity(Wiring wiring, Leases leases, RunningOperations running) {
        this.wiring = wiring;
        this.leases = leases;
        this.running = running;
    }

    List<Operation.Summary> summaries() {
        Set<String> cancelled = wiring.store().cancelRequests();
        Map<String, Lease> held = new HashMap<>();
        wiring.store().leases().forEach(lease -> held.put(lease.operation(), lease));
        List<Operation.Summary> all = new ArrayList<>();
        for (JournalEntry entry : wiring.store().journal()) {
            Optional<Lease> lease = Optional.ofNullable(held.remove(entry.operation()));
            all.add(new Operation.Summary(
                    entry.operation(),
                    entry.vm(),
                    entry.verb(),
                    Optional.of(entry.actor()),
                    entry.startedAt(),
                    progress(entry),
                    lease.filter(leases::isAlive).isPresent(),
                    cancelled.contains(entry.operation())));
        }
        for (Lease lease : held.values()) {
            all.add(new Operation.Summary(
                    lease.operation(),
                    lease.vm(),
                    lease.verb(),
                    Optional.empty(),
                    lease.since(),
                    RunningOperation.WAITING,
                    leases.isAlive(lease),
                    cancelled.contains(lease.operation())));
        }
        all.sort(Comparator.comparing(Operation.Summary::since).thenComparing(Operation.Summary::id));
        return List.copyOf(all);
    }

    boolean cancel(String id, Actor actor) {
        Optional<Operation.Summary> found = summaries().stream()
                .filter(one -> one.id().equals(id) && one.alive())
                .findFirst();
        if (found.isEmpty()) {
            return false;
        }
        Rules.cancel(actor, found.get().actor()).orThrow();
        // The request stands in the store also for an operation of this process, where others see it.
        boolean requested = wiring.store().requestCancel(id);
        running.find(id).ifPresent(RunningOperation::cancel);
        return requested;
    }

    private Progress progress(JournalEntry entry) {
        Optional<Progress> exact = running.find(entry.operation()).map(RunningOperation::progress);
        return exact.orElseGet(() -> StepRunner.progress(entry));
    }
}
