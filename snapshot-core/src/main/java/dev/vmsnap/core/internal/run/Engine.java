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
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.VmSnapshots.Restored;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.run.Leases.OutdatedWiringException;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.SnapshotStore.Damaged;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The library behind {@link VmSnapshots}: it asks the rules, plans, and hands plans to the runner. */
public class Engine implements VmSnapshots {
    private final Wiring first;
    private final Leases leases;
    private final RunningOperations running;
    private final Activity activity;
    private final LiveDrivers drivers;
    private final Optional<Duration> patience;

    /** Makes the engine of a wiring; nothing is touched. */
    protected Engine(Wiring wiring) {
        Events events = new Events(wiring);
        Aftermath aftermath = new Aftermath(events);
        this.first = wiring;
        this.leases = new Leases(wiring);
        this.running = new RunningOperations(wiring, leases);
        this.activity = new Activity(wiring, leases, running);
        Assembly.Common common = new Assembly.Common(
                leases,
                running,
                new StepRunner(events, aftermath),
                aftermath,
                events,
                new Watermark(wiring.watermark(), events));
        this.drivers = new LiveDrivers(leases, new Assembly(common, wiring));
        this.patience = Optional.empty();
    }

    /** A view of an engine for callers who wait that long if a VM is busy. */
    private Engine(Engine whole, Duration patience) {
        this.first = whole.first;
        this.leases = whole.leases;
        this.running = whole.running;
        this.activity = whole.activity;
        this.drivers = whole.drivers;
        this.patience = Optional.of(patience);
    }

    /** Adds a node for verbs that begin from now on. */
    public void addNode(String name, HypervisorDriver hypervisor) {
        drivers.addNode(name, hypervisor);
    }

    /** Removes a node. */
    public boolean removeNode(String name, Duration time) {
        return drivers.removeNode(name, time);
    }

    /** Adds a storage driver for verbs that begin from now on. */
    public void addStorage(StorageDriver driver) {
        drivers.addStorage(driver);
    }

    /** Removes a storage driver. */
    public boolean removeStorage(String id, Duration time) {
        return drivers.removeStorage(id, time);
    }

    /** The names of the nodes. */
    public Set<String> nodes() {
        return with(parts -> parts.wiring().nodes().keySet());
    }

    /** The ids of the storage drivers. */
    public Set<String> storages() {
        return with(parts -> parts.wiring().storages().keySet());
    }

    @Override
    public SnapshotTree tree(VmId vm) {
        return with(parts -> parts.survey().record(vm).tree());
    }

    @Override
    public List<SnapshotTree> trees() {
        return open(first).store().all().stream()
                .flatMap(stored -> stored.sound().stream())
                .map(VmRecord::tree)
                .filter(t -> !t.isEmpty())
                .toList();
    }

    @Override
    public VmList vmList() {
        return with(parts -> parts.overview().vms());
    }

    @Override
    public List<VmOverview> recordedVms() {
        return with(parts -> parts.overview().recorded());
    }

    @Override
    public Operation<Snapshot> create(VmId vm, SnapshotSpec spec, Actor actor) {
        return with(parts -> parts.operations().create(vm, spec, actor));
    }

    @Override
    public Operation<Restored> restore(VmId vm, SnapshotId snapshot, Intent.RestoreOptions options, Actor actor) {
        return with(parts -> parts.operations().restore(vm, new Intent.Restore(snapshot, options), actor));
    }

    @Override
    public Snapshot edit(VmId vm, SnapshotId snapshot, Snapshot.Labels labels, Actor actor) {
        return with(parts -> parts.operations().edit(vm, new Intent.Edit(snapshot, labels), actor));
    }

    @Override
    public Operation<SnapshotTree> delete(VmId vm, Intent.Delete what, Actor actor) {
        return with(parts -> parts.operations().delete(vm, what, actor));
    }

    @Override
    public Operation<SnapshotTree> deleteAll(VmId vm, Intent.DeleteAll what, Actor actor) {
        return with(parts -> parts.operations().deleteAll(vm, what, actor));
    }

    @Override
    public Operation<SnapshotTree> vmDeleted(VmId vm, Actor actor) {
        return with(parts -> parts.operations().vmDeleted(vm, actor));
    }

    @Override
    public Operation<SnapshotTree> migrate(VmId vm, Intent.Migrate where, Actor actor) {
        return with(parts -> parts.operations().migrate(vm, where, actor));
    }

    @Override
    public Verdict restorableOn(VmId vm, SnapshotId snapshot, String node) {
        return with(parts -> parts.inquiry().restorableOn(vm, snapshot, node));
    }

    @Override
    public Operation<List<Volume>> clone(VmId vm, Intent.Clone what, Actor actor) {
        return with(parts -> parts.operations().copies(vm, what, actor));
    }

    @Override
    public List<Expired> deleteExpired(Actor actor) {
        return Operations.deleteExpired(open(first), leases, (vm, due) -> delete(vm, due, actor));
    }

    @Override
    public Verdict check(VmId vm, Intent intent, Actor actor) {
        return with(parts -> parts.inquiry().check(vm, intent, actor));
    }

    @Override
    public Plan plan(VmId vm, Intent intent, Actor actor) {
        return with(parts -> parts.inquiry().plan(vm, intent, actor));
    }

    @Override
    public SnapshotSettings.Explanation settings(VmId vm) {
        return with(parts -> parts.survey().settings(parts.survey().record(vm)));
    }

    @Override
    public SettingsChoice choice(VmId vm) {
        return with(parts -> parts.survey().record(vm).choice());
    }

    @Override
    public SnapshotSettings.Explanation configure(VmId vm, SettingsChoice choice, Actor actor) {
        return with(parts -> parts.settings().configure(vm, choice, actor));
    }

    @Override
    public List<SettingsTemplate> templates() {
        return open(first).store().templates();
    }

    @Override
    public void saveTemplate(SettingsTemplate template, Actor actor) {
        run(parts -> parts.settings().saveTemplate(template, actor));
    }

    @Override
    public void removeTemplate(String template, Actor actor) {
        run(parts -> parts.settings().removeTemplate(template, actor));
    }

    @Override
    public void renameTemplate(String template, String name, Actor actor) {
        run(parts -> parts.settings().renameTemplate(template, name, actor));
    }

    @Override
    public SnapshotSettings.Explanation unassign(VmId vm, Actor actor) {
        return with(parts -> parts.settings().unassign(vm, actor));
    }

    @Override
    public SnapshotSettings.Explanation assign(VmId vm, String template, Actor actor) {
        return with(parts -> parts.settings().assign(vm, template, actor));
    }

    @Override
    public RecoveryReport recover() {
        List<Damaged> damaged = open(first).store().damaged();
        List<Recovered> recovered = new ArrayList<>(DamagedRecords.leftOpen(damaged));
        Stream.concat(
                        first.store().journal().stream().map(JournalEntry::vm),
                        first.store().all().stream()
                                .flatMap(stored -> stored.sound().stream())
                                .filter(Reconciliation::isDue)
                                .map(VmRecord::vm))
                .distinct()
                .filter(vm -> damaged.stream().noneMatch(one -> one.vm().equals(Optional.of(vm))))
                .forEach(vm -> recovered.addAll(isolated(vm)));
        return new RecoveryReport(recovered);
    }

    /** Recovers one VM of several; its trouble becomes part of the report. */
    private List<Recovered> isolated(VmId vm) {
        List<Recovered> recovered = new ArrayList<>();
        Isolation.failure(leases, () -> recovered.addAll(with(parts -> parts.recover(vm, false))))
                .ifPresent(failure -> recovered.add(
                        Reconciliation.report(vm, Outcome.STILL_OPEN, String.valueOf(failure.getMessage()))));
        return recovered;
    }

    @Override
    public RecoveryReport recover(VmId vm) {
        return new RecoveryReport(DamagedRecords.orRefused(() -> with(parts -> parts.recover(vm, true))));
    }

    @Override
    public Rebuilt rebuild(VmId vm, Actor actor) {
        return with(parts -> parts.rebuild().run(vm, actor));
    }

    @Override
    public Rebuilt previewRebuild(VmId vm, Actor actor) {
        return with(parts -> parts.rebuild().preview(vm, actor));
    }

    @Override
    public List<Finding> doctor() {
        return with(Assembly::doctor);
    }

    @Override
    public List<Finding> doctor(VmId vm) {
        return with(parts -> parts.doctor(vm));
    }

    @Override
    public List<Snapshot.Usage> usage(VmId vm) {
        return with(parts -> parts.usage(vm));
    }

    @Override
    public VmSnapshots waiting(Duration time) {
        return new Engine(this, time);
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
        interrupted |= awaitEnd(own, first.limits().hold());
        running.endAll();
        leases.close();
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
            leases.awaitNone(work -> !own.contains(work.lease().operation()), deadline);
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** Closes the nodes side by side, for each one that does not answer takes its time, and then the store. */
    private void closeDrivers() {
        List<Runnable> all = new ArrayList<>();
        for (HypervisorDriver node : drivers.close()) {
            all.add(CompletableFuture.runAsync(node::close, first.nodeThreads()::execute)::join);
        }
        all.add(first.store()::close);
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

    /** Does work with the present wiring; work that finds out before it has begun that another one is present begins again. */
    private <T> T with(Function<Assembly, T> work) {
        while (true) {
            leases.requireOpen();
            Assembly present = drivers.present();
            try {
                return work.apply(patience.map(present::waiting).orElse(present));
            } catch (OutdatedWiringException replaced) {
                // Nothing was done.
            }
        }
    }

    private void run(Consumer<Assembly> work) {
        with(parts -> {
            work.accept(parts);
            return true;
        });
    }

    /** The same, unless the engine is closed. */
    private <T> T open(T part) {
        leases.requireOpen();
        return part;
    }
}
