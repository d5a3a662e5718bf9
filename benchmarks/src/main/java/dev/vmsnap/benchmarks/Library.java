package dev.vmsnap.benchmarks;

import dev.vmsnap.Actor;
import dev.vmsnap.Operation;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** vmsnap, wired as a host wires it. */
final class Library implements Contestant {
    private static final Actor ADMIN = Actor.administrator("benchmark");

    private final VmSnapshots snapshots;
    private final Guest guest;
    private final SnapshotSpec spec;
    private @Nullable Snapshot snapshot;

    private Library(VmSnapshots snapshots, Guest guest, SnapshotSpec spec) {
        this.snapshots = snapshots;
        this.guest = guest;
        this.spec = spec;
        snapshots.configure(guest.vm(), SettingsChoice.open().allowRam(true), ADMIN);
    }

    static VmSnapshots engine(String uri, Path store) {
        return SnapshotEngine.builder()
                .node("node-1", KvmHypervisor.connect(uri))
                .storage(new FileStorage())
                .store(JdbcStore.sqlite(store))
                .build();
    }

    static Library disksOnly(VmSnapshots snapshots, Guest guest) {
        return new Library(snapshots, guest, SnapshotSpec.named("benchmark"));
    }

    static Library withRam(VmSnapshots snapshots, Guest guest) {
        return new Library(snapshots, guest, SnapshotSpec.named("benchmark").withRam());
    }

    @Override
    public Guest guest() {
        return guest;
    }

    @Override
    public long create() {
        long begin = System.nanoTime();
        snapshot = snapshots.create(guest.vm(), spec, ADMIN).await();
        return System.nanoTime() - begin;
    }

    @Override
    public long restore() {
        return time(() -> snapshots.restore(guest.vm(), taken().id(), ADMIN));
    }

    @Override
    public long delete() {
        return time(() -> snapshots.delete(guest.vm(), taken().id(), ADMIN));
    }

    Snapshot taken() {
        if (snapshot == null) {
            throw new IllegalStateException("no snapshot was taken");
        }
        return snapshot;
    }

    private static long time(Supplier<Operation<?>> verb) {
        long begin = System.nanoTime();
        verb.get().await();
        return System.nanoTime() - begin;
    }
}
