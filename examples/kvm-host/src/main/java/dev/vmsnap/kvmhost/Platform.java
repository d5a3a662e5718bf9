package dev.vmsnap.kvmhost;

import dev.vmsnap.Actor;
import dev.vmsnap.BusyException;
import dev.vmsnap.DriverException;
import dev.vmsnap.Intent;
import dev.vmsnap.Operation;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.RefusedException;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.VmSnapshots.Restored;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** A platform with VMs, as far as their snapshots go: what it lets people do, and how it tells them how it went. */
final class Platform implements AutoCloseable {
    private final VmSnapshots snapshots;
    private final PrintStream out;

    Platform(VmSnapshots snapshots, PrintStream out) {
        this.snapshots = snapshots;
        this.out = out;
    }

    /** Wires the library to one node. */
    static Platform on(String uri, Path store, Executor executor, AuditLog audit, PrintStream out) {
        // tag::wiring[]
        VmSnapshots snapshots = SnapshotEngine.builder()
                .node("node-1", KvmHypervisor.connect(uri)) // such as qemu:///system or qemu+ssh://root@node-1/system
                .storage(new FileStorage())
                .store(JdbcStore.sqlite(store)) // created when it is not there
                .executor(executor) // yours; without one a verb runs on its caller's thread
                .events(audit) // is told what happens, and who asked
                .build();
        // end::wiring[]
        return new Platform(snapshots, out);
    }

    /** To be called once after each start: finishes or undoes what a process that died has left open. */
    RecoveryReport recover() {
        // tag::recover[]
        RecoveryReport report = snapshots.recover();
        report.recovered().forEach(r -> out.println(r.verb() + " on " + r.vm() + ": " + r.outcome()));
        // end::recover[]
        return report;
    }

    /** Takes a snapshot with RAM, from which the VM later goes on exactly where it was. */
    Optional<Snapshot> snapshotWithRam(VmId vm, String name, Actor actor) {
        return attempt(() -> {
            // tag::create[]
            Operation<Snapshot> work =
                    snapshots.create(vm, SnapshotSpec.named(name).withRam(), actor);
            work.onProgress(p -> out.printf("%3.0f %% %s%n", 100 * p.fraction(), p.step()));
            Snapshot snapshot = work.await();
            // end::create[]
            return snapshot;
        });
    }

    /** Brings a VM back; every snapshot stays. */
    Optional<Snapshot> restore(VmId vm, SnapshotId snapshot, Actor actor) {
        return attempt(() -> {
            Operation<Restored> work = snapshots.restore(vm, snapshot, actor);
            work.onProgress(p -> out.printf("%3.0f %% %s%n", 100 * p.fraction(), p.step()));
            Restored restored = work.await();
            restored.certificate().couldNot().forEach(line -> out.println(line.hazard() + ": " + line.why()));
            return restored.snapshot();
        });
    }

    boolean delete(VmId vm, SnapshotId snapshot, Actor actor) {
        return attempt(() -> snapshots.delete(vm, snapshot, actor).await()).isPresent();
    }

    /** Lets RAM be saved; what else the VM says about its settings stays. */
    boolean allowRam(VmId vm, Actor actor) {
        return attempt(() -> {
                    // tag::settings[]
                    snapshots.configure(vm, snapshots.choice(vm).allowRam(true), actor); // no RAM without that
                    // end::settings[]
                    return true;
                })
                .isPresent();
    }

    /** Asks before the platform itself changes a VM: one with snapshots is locked. */
    boolean mayChangeMemory(VmId vm, Actor actor) {
        // tag::check[]
        Verdict verdict = snapshots.check(vm, new Intent.Reconfigure(Set.of("memory")), actor);
        verdict.refusals().forEach(r -> out.println(r.code() + ": " + r.message() + " " + r.remedy()));
        // end::check[]
        return verdict.allowed();
    }

    List<Snapshot> snapshots(VmId vm) {
        return snapshots.tree(vm).snapshots();
    }

    /** Does something and says how it went; each kind of failure says what state everything is in. */
    private <T> Optional<T> attempt(Supplier<T> verb) {
        // tag::failures[]
        try {
            return Optional.of(verb.get());
        } catch (RefusedException e) { // a rule said no; nothing was touched
            e.refusals().forEach(r -> out.println(r.code() + ": " + r.message() + " " + r.remedy()));
        } catch (BusyException e) { // another operation works on this VM; nothing was touched
            out.println("Busy since " + e.since() + " with " + e.verb() + ". " + e.recovery());
        } catch (RepairNeededException e) { // something is left; recover() deals with it when the node is back
            e.leftovers().forEach(l -> out.println("LEFT: " + l.step() + ": " + l.message()));
        } catch (DriverException e) { // a driver failed; everything was undone
            out.println(e.driver() + " failed (" + e.reason() + "): " + e.getMessage() + " " + e.recovery());
        }
        return Optional.empty();
        // end::failures[]
    }

    @Override
    public void close() {
        snapshots.close();
    }
}
