package dev.vmsnap.it;

import dev.vmsnap.Actor;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.lab.guest.Console;
import java.time.Duration;

/** A host application with one ticker guest, and what both have in common wherever the guest runs. */
public abstract class TickingHost {
    public static final Actor ADMIN = Actor.administrator("admin");
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Console console;
    private final VmSnapshots snapshots;
    private final VmId vm;

    protected TickingHost(Console console, VmSnapshots snapshots, VmId vm) {
        this.console = console;
        this.snapshots = snapshots;
        this.vm = vm;
        snapshots.configure(vm, SettingsChoice.open().limit(20).allowRam(true), ADMIN);
    }

    public Console console() {
        return console;
    }

    public VmSnapshots snapshots() {
        return snapshots;
    }

    public VmId vm() {
        return vm;
    }

    public Snapshot create(String name) {
        return snapshots.create(vm, SnapshotSpec.named(name), ADMIN).await();
    }

    public Snapshot createWithRam(String name) {
        return snapshots.create(vm, SnapshotSpec.named(name).withRam(), ADMIN).await();
    }

    public void restore(Snapshot snapshot) {
        snapshots.restore(vm, snapshot.id(), ADMIN).await();
    }

    public SnapshotTree delete(Snapshot snapshot) {
        return snapshots.delete(vm, snapshot.id(), ADMIN).await();
    }

    public SnapshotTree tree() {
        return snapshots.tree(vm);
    }

    public Snapshot find(SnapshotId id) {
        return tree().find(id).orElseThrow();
    }

    /** Lets the guest count on for a while. */
    public long tickOn() {
        return console.awaitTickAfter(tickNow() + 4, PATIENCE);
    }

    /** The next tick that the guest prints from now on. */
    public long tickNow() {
        console.skip();
        return console.awaitTick(PATIENCE);
    }
}
