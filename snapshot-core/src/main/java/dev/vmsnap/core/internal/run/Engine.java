package dev.vmsnap.core.internal.run;

import dev.vmsnap.Actor;
import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.Operation;
import dev.vmsnap.Plan;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.VmSnapshots.Restored;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.SnapshotStore.Damaged;
import dev.vmsnap.spi.VmRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The library behind {@link VmSnapshots}: it asks the rules, plans, and hands plans to the runner. */
public final class Engine implements VmSnapshots {
    private final Wiring wiring;
    private final NodeQueries nodes;
    private final Survey survey;
    private final Leases leases;
    private final Recovery recovery;
    private final RunningOperations running;
    private final Activity activity;
    private final Operations operations;
    private final Inquiry inquiry;
    private final Watermark watermark;
    private final Settings settings;
    private final Reconciliation reconciliation;
    private final Rebuild rebuild;

    /** Makes the engine of a wiring; nothing is touched. */
    public Engine(Wiring wiring) {
        this.wiring = wiring;
        Events events = new Events(wiring);
        Aftermath aftermath = new Aftermath(events);
        StepRunner runner = new StepRunner(events, aftermath);
        this.nodes = new NodeQueries(wiring);
        this.survey = new Survey(wiring, nodes);
        this.leases = new Leases(wiring);
        this.recovery = new Recovery(wiring, nodes, survey, leases, runner, aftermath);
        this.inquiry = new Inquiry(survey);
        this.watermark = new Watermark(wiring.watermark(), events);
        this.running = new RunningOperations(wiring, leases);
        this.activity = new Activity(wiring, leases, running);
        Dispatcher dispatcher = new Dispatcher(
                wiring,
                leases,
                recovery,
                runner,
                events,
                running,
                wiring.limits().busy());
        this.operations = new Operations(wiring, survey, leases, dispatcher, runner, events, watermark);
        this.settings = new Settings(wiring, survey, events);
        this.reconciliation = new Reconciliation(wiring, survey, leases, operations);
        this.rebuild = new Rebuild(wiring, survey, leases, dispatcher, events);
    }

    /** A view of an engine with operations of its own. */
    private Engine(Engine whole, Operations operations, Rebuild rebuild) {
        this.wiring = whole.wiring;
        this.nodes = whole.nodes;
        this.survey = whole.survey;
        this.leases = whole.leases;
        this.recovery = whole.recovery;
        this.running = whole.running;
        this.activity = whole.activity;
        this.operations = operations;
        this.rebuild = rebuild;
        this.inquiry = whole.inquiry;
        this.watermark = whole.watermark;
        this.settings = whole.settings;
        this.reconciliation = whole.reconciliation;
    }

    @Override
    public SnapshotTree tree(VmId vm) {
        return open(survey).record(vm).tree();
    }

    @Override
    public List<SnapshotTree> trees() {
        return open(wiring).store().all().stream()
                .flatMap(stored -> stored.sound().stream())
                .map(VmRecord::tree)
                .filter(t -> !t.isEmpty())
                .toList();
    }

    @Override
    public VmList vmList() {
        return new Overview(open(wiring), nodes).vms();
    }

    @Override
    public List<VmOverview> recordedVms() {
        return new Overview(open(wiring), nodes).recorded();
    }

    @Override
    public Operation<Snapshot> create(VmId vm, SnapshotSpec spec, Actor actor) {
        return open(operations).create(vm, spec, actor);
    }

    @Override
    public Operation<Restored> restore(VmId vm, SnapshotId snapshot, Intent.RestoreOptions options, Actor actor) {
        return open(operations).restore(vm, new Intent.Restore(snapshot, options), actor);
    }

    @Override
    public Snapshot edit(VmId vm, SnapshotId snapshot, Snapshot.Labels labels, Actor actor) {
        return open(operations).edit(vm, new Intent.Edit(snapshot, labels), actor);
    }

    @Override
    public Operation<SnapshotTree> delete(VmId vm, Intent.Delete what, Actor actor) {
        return open(operations).delete(vm, what, actor);
    }

    @Override
    public Operation<SnapshotTree> deleteAll(VmId vm, Intent.DeleteAll what, Actor actor) {
        return open(operations).deleteAll(vm, what, actor);
    }

    @Override
    public Operation<SnapshotTree> vmDeleted(VmId vm, Actor actor) {
        return open(operations).vmDeleted(vm, actor);
    }

    @Override
    public Operation<SnapshotTree> migrate(VmId vm, Intent.Migrate where, Actor actor) {
        return open(operations).migrate(vm, where, actor);
    }

    @Override
    public Verdict restorableOn(VmId vm, SnapshotId snapshot, String node) {
        return open(inquiry).restorableOn(vm, snapshot, node);
    }

    @Override
    public Operation<List<Volume>> clone(VmId vm, Intent.Clone what, Actor actor) {
        return open(operations).copies(vm, what, actor);
    }

    @Override
    public List<Expired> deleteExpired(Actor actor) {
        return open(operations).deleteExpired(actor);
    }

    @Override
    public Verdict check(VmId vm, Intent intent, Actor actor) {
        return open(inquiry).check(vm, intent, actor);
    }

    @Override
    public Plan plan(VmId vm, Intent intent, Actor actor) {
        return open(inquiry).plan(vm, intent, actor);
    }

    @Override
    public SnapshotSettings.Explanation settings(VmId vm) {
        return open(survey).settings(survey.record(vm));
    }

    @Override
    public SettingsChoice choice(VmId vm) {
        return open(survey).record(vm).choice();
    }

    @Override
    public SnapshotSettings.Explanation configure(VmId vm, SettingsChoice choice, Actor actor) {
        return open(settings).configure(vm, choice, actor);
    }

    @Override
    public List<SettingsTemplate> templates() {
        return open(wiring).store().templates();
    }

    @Override
    public void saveTemplate(SettingsTemplate template, Actor actor) {
        open(settings).saveTemplate(template, actor);
    }

    @Override
    public void removeTemplate(String template, Actor actor) {
        open(settings).removeTemplate(template, actor);
    }

    @Override
    public void renameTemplate(String template, String name, Actor actor) {
        open(settings).renameTemplate(template, name, actor);
    }

    @Override
    public SnapshotSettings.Explanation unassign(VmId vm, Actor actor) {
        return open(settings).unassign(vm, actor);
    }

    @Override
    public SnapshotSettings.Explanation assign(VmId vm, String template, Actor actor) {
        return open(settings).assign(vm, template, actor);
    }

    @Override
    public RecoveryReport recover() {
        List<Damaged> damaged = open(wiring).store().damaged();
        List<Recovered> recovered = new ArrayList<>(DamagedRecords.leftOpen(damaged));
        Stream.concat(
                        wiring.store().journal().stream().map(JournalEntry::vm),
                        wiring.store().all().stream()
                                .flatMap(stored -> stored.sound().stream())
                                .filter(Reconciliation::isDue)
                                .map(VmRecord::vm))
                .distinct()
                .filter(vm -> damaged.stream().noneMatch(one -> one.vm().equals(Optional.of(vm))))
                .forEach(vm -> recovered.addAll(isolated(vm)));
        return new RecoveryReport(recovered);
    }

    @Override
    public RecoveryReport recover(VmId vm) {
        return new RecoveryReport(DamagedRecords.orRefused(() -> open(this).recover(vm, true)));
    }

    private List<Recovered> isolated(VmId vm) {
        List<Recovered> recovered = new ArrayList<>();
        Isolation.failure(leases, () -> recovered.addAll(recover(vm, false)))
                .ifPresent(failure -> recovered.add(
                        Reconciliation.report(vm, Outcome.STILL_OPEN, String.valueOf(failure.getMessage()))));
        return recovered;
    }

    private List<Recovered> recover(VmId vm, boolean reclaim) {
        Optional<Lease> lease =
                leases.tryAcquire(vm, Verb.RECOVER, wiring.operationIds().get());
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
            leases.release(lease.get());
        }
    }

    @Override
    public Rebuilt rebuild(VmId vm, Actor actor) {
        return open(rebuild).run(vm, actor);
    }

    @Override
    public Rebuilt previewRebuild(VmId vm, Actor actor) {
        return open(rebuild).preview(vm, actor);
    }

    @Override
    public List<Finding> doctor() {
        Survey asked = open(survey);
        return Stream.of(
                        Doctor.nodes(asked.nodes()).stream(),
                        wiring.store().damaged().stream().map(DamagedRecords::finding),
                        EmptyStore.findings(wiring, asked, leases).stream())
                .flatMap(findings -> findings)
                .toList();
    }

    @Override
    public List<Finding> doctor(VmId vm) {
        List<Damaged> damaged = open(wiring).store().damaged(vm);
        if (!damaged.isEmpty()) {
            return damaged.stream().map(DamagedRecords::finding).toList();
        }
        Situation situation = survey.forDoctor(vm);
        watermark.look(situation);
        return Doctor.examine(vm, situation, wiring.store().journal(vm), watermark);
    }

    @Override
    public List<Snapshot.Usage> usage(VmId vm) {
        Situation situation = open(survey).forUsage(vm);
        watermark.look(situation);
        List<Snapshot.Usage> usages = Watermark.usages(situation);
        if (usages.isEmpty()) {
            Watermark.requireCountable(situation);
        }
        return Stream.concat(usages.stream(), Watermark.unknown(situation).stream())
                .toList();
    }

    @Override
    public VmSnapshots waiting(Duration time) {
        return new Engine(this, operations.waiting(time), rebuild.waiting(time));
    }

    @Override
    public List<Operation.Summary> operations() {
        return open(activity).summaries();
    }

    @Override
    public boolean cancel(String operation, Actor actor) {
        return open(activity).cancel(operation, actor);
    }

    @Override
    public void close() {
        close(Duration.ZERO);
    }

    @Override
    public void close(Duration drain) {
        if (!leases.refuse()) {
            return;
        }
        // Operations of the closing thread itself cannot end before this method returns.
        Set<String> own = running.onThisThread();
        boolean interrupted = awaitEnd(own, drain);
        running.cancelAll();
        interrupted |= awaitEnd(own, wiring.limits().hold());
        running.endAll();
        leases.close();
        nodes.close();
        try {
            closeDrivers();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits for work to end; an interrupt ends the wait and is reported. */
    private boolean awaitEnd(Set<String> own, Duration time) {
        long deadline = System.nanoTime() + RunningOperation.nanos(time);
        try {
            running.awaitEnd(own, deadline);
            leases.awaitRelease(own, deadline);
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** Closes the nodes side by side, for each one that does not answer takes its time, and then the store. */
    private void closeDrivers() {
        List<Runnable> all = new ArrayList<>();
        for (HypervisorDriver node : wiring.nodes().values()) {
            all.add(CompletableFuture.runAsync(node::close, wiring.nodeThreads()::execute)::join);
        }
        all.add(wiring.store()::close);
        RuntimeException failure = null;
        for (Runnable one : all) {
            try {
                one.run();
            } catch (RuntimeException e) {
                failure = together(failure, cause(e));
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static RuntimeException cause(RuntimeException e) {
        return e instanceof CompletionException && e.getCause() instanceof RuntimeException cause ? cause : e;
    }

    private static RuntimeException together(@Nullable RuntimeException first, RuntimeException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }

    /** The same, unless the engine is closed. */
    private <T> T open(T part) {
        leases.requireOpen();
        return part;
    }
}
