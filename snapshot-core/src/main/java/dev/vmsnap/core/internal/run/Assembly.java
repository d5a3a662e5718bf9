package dev.vmsnap.core.internal.run;

import dev.vmsnap.Finding;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.SnapshotStore.Damaged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The parts of an engine that work with one wiring. An operation keeps those that it began with. Thread-safe. */
final class Assembly {
    private final Common common;
    private final Wiring wiring;
    private final NodeQueries nodes;
    private final Survey survey;
    private final Recovery recovery;
    private final Operations operations;
    private final Reconciliation reconciliation;
    private final Rebuild rebuild;

    /** The parts of an engine that stay while its wiring changes. */
    record Common(
            Leases leases,
            RunningOperations running,
            StepRunner runner,
            Aftermath aftermath,
            Events events,
            Watermark watermark) {}

    Assembly(Common common, Wiring wiring) {
        this(common, wiring, new NodeQueries(wiring), wiring.limits().busy());
    }

    private Assembly(Common common, Wiring wiring, NodeQueries nodes, Duration patience) {
        this.common = common;
        this.wiring = wiring;
        this.nodes = nodes;
        Leases leases = common.leases();
        Events events = common.events();
        StepRunner runner = common.runner();
        this.survey = new Survey(wiring, nodes);
        this.recovery = new Recovery(wiring, nodes, survey, leases, runner, common.aftermath());
        Dispatcher dispatcher = new Dispatcher(wiring, leases, recovery, runner, events, common.running(), patience);
        this.operations = new Operations(wiring, survey, leases, dispatcher, runner, events, common.watermark());
        this.reconciliation = new Reconciliation(wiring, survey, leases, operations);
        this.rebuild = new Rebuild(wiring, survey, leases, dispatcher, events);
    }

    /** Returns the same for a caller who waits that long if a VM is busy. */
    Assembly waiting(Duration time) {
        return new Assembly(common, wiring, nodes, time);
    }

    /** Returns the same for another wiring. */
    Assembly rewired(Wiring next) {
        return new Assembly(common, next, nodes.rewired(next), next.limits().busy());
    }

    Wiring wiring() {
        return wiring;
    }

    NodeQueries nodes() {
        return nodes;
    }

    Survey survey() {
        return survey;
    }

    Operations operations() {
        return operations;
    }

    Rebuild rebuild() {
        return rebuild;
    }

    Inquiry inquiry() {
        return new Inquiry(survey);
    }

    Overview overview() {
        return new Overview(wiring, nodes);
    }

    Settings settings() {
        return new Settings(wiring, survey, common.events());
    }

    List<Recovered> recover(VmId vm, boolean reclaim) {
        Optional<Lease> lease = common.leases()
                .tryAcquire(wiring, vm, Verb.RECOVER, wiring.operationIds().get());
        if (lease.isEmpty()) {
            return wiring.store().journal(vm).stream()
                    .map(e -> new Recovered(e.operation(), vm, e.verb(), Outcome.IN_PROGRESS, "its owner works on it"))
                    .toList();
        }
        try {
            List<Recovered> recovered = new ArrayList<>(recovery.settle(lease.get(), true));
            recovered.addAll(reconciliation.run(lease.get(), reclaim));
            return recovered;
        } finally {
            common.leases().release(lease.get());
        }
    }

    List<Finding> doctor() {
        return Stream.of(
                        Doctor.nodes(survey.nodes()).stream(),
                        wiring.store().damaged().stream().map(DamagedRecords::finding),
                        EmptyStore.findings(wiring, survey, common.leases()).stream())
                .flatMap(findings -> findings)
                .toList();
    }

    List<Finding> doctor(VmId vm) {
        List<Damaged> damaged = wiring.store().damaged(vm);
        if (!damaged.isEmpty()) {
            return damaged.stream().map(DamagedRecords::finding).toList();
        }
        Situation situation = survey.forDoctor(vm);
        common.watermark().look(situation);
        return Doctor.examine(vm, situation, wiring.store().journal(vm), common.watermark());
    }

    List<Snapshot.Usage> usage(VmId vm) {
        Situation situation = survey.forUsage(vm);
        common.watermark().look(situation);
        List<Snapshot.Usage> usages = Watermark.usages(situation);
        if (usages.isEmpty()) {
            Watermark.requireCountable(situation);
        }
        return Stream.concat(usages.stream(), Watermark.unknown(situation).stream())
                .toList();
    }
}
