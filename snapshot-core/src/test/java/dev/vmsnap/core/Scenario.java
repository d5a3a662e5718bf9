package dev.vmsnap.core;

import dev.vmsnap.Actor;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotSpec.Quiesce;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.VmSnapshots.Restored;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.InMemoryVm;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A small datacenter with one VM, and an engine on it; made again for every trial. */
final class Scenario {
    static final Actor ADMIN = Actor.administrator("ada");

    final Datacenter datacenter = new Datacenter();
    final InMemoryVm guest;
    final VmId vm;
    private final Set<String> targets;
    private final AtomicInteger ids = new AtomicInteger();
    VmSnapshots snapshots;

    private Scenario(Disks disks, PowerState power) {
        targets = new HashSet<>(disks.targets);
        datacenter.inImage();
        datacenter.beside();
        datacenter.beside("san", StorageKind.NETWORK_LVM, "/dev/vg_san");
        datacenter.node("node-2");
        InMemoryVm made = datacenter.node("node-1").withVm("web-1");
        if (disks == Disks.FILES || disks == Disks.BOTH) {
            made.withFile("vda").withFile("vdb");
        }
        if (disks == Disks.LOGICAL_VOLUMES || disks == Disks.BOTH) {
            made.withLogicalVolume("vdc");
        }
        if (disks == Disks.SHARED) {
            made.with(shared("vda")).with(shared("vdb"));
        }
        guest = made.memory(64L << 20).agent(true).power(power);
        vm = guest.id();
        guest.disk(firstDisk()).overwrite("v0");
        snapshots = engine(b -> b);
        snapshots.configure(vm, SettingsChoice.open().limit(5).allowRam(true), ADMIN);
    }

    /** What the VM's disks lie on. */
    enum Disks {
        FILES("vda", "vdb"),
        LOGICAL_VOLUMES("vdc"),
        BOTH("vda", "vdb", "vdc"),
        SHARED("vda", "vdb");

        private final Set<String> targets;

        Disks(String... targets) {
            this.targets = Set.of(targets);
        }
    }

    static Scenario of(Disks disks, PowerState power) {
        return new Scenario(disks, power);
    }

    /** A new engine, as a new process would make it. */
    VmSnapshots engine(UnaryOperator<SnapshotEngine.Builder> more) {
        return more.apply(SnapshotEngine.builder()
                        .node("node-1", datacenter.node("node-1"))
                        .node("node-2", datacenter.node("node-2"))
                        .storage(datacenter.inImage())
                        .storage(datacenter.beside())
                        .storage(datacenter.beside("san", StorageKind.NETWORK_LVM, "/dev/vg_san"))
                        .store(datacenter.store())
                        .clock(datacenter.clock())
                        .nodeThreads(new CallersThread())
                        .ids(() -> SnapshotId.of("s" + ids.incrementAndGet())))
                .build();
    }

    private static VmDescription.Disk shared(String target) {
        return new VmDescription.Disk(
                target,
                VmDescription.Device.DISK,
                VmDescription.SourceType.BLOCK,
                Optional.of("/dev/vg_san/web-1-" + target),
                Optional.of("raw"));
    }

    /** The VM's configuration on the node that has it. */
    VmConfiguration configuration() {
        String node = datacenter.node("node-1").find(vm).isPresent() ? "node-1" : "node-2";
        return datacenter.node(node).configuration(vm);
    }

    /** What differs from an earlier configuration, in the words of the hypervisor. */
    List<String> differences(VmConfiguration then) {
        return datacenter.node("node-1").differences(then, configuration());
    }

    /** The disk that RAM is kept with. */
    String firstDisk() {
        return targets.contains("vda") ? "vda" : "vdc";
    }

    String disk() {
        return guest.disk("vda").content();
    }

    Snapshot create(String name) {
        return snapshots.create(vm, SnapshotSpec.named(name), ADMIN).await();
    }

    /** Has the guest write the same to its RAM and all disks. */
    Scenario stamped(String content) {
        guest.remember(content);
        targets.forEach(target -> guest.write(target, content));
        return this;
    }

    /** Changes the content of all disks, whether or not the guest runs. */
    void overwritten(String content) {
        targets.forEach(target -> guest.disk(target).overwrite(content));
    }

    Snapshot createQuiesced(String name) {
        return snapshots
                .create(vm, SnapshotSpec.named(name).quiesce(Quiesce.REQUIRE), ADMIN)
                .await();
    }

    Snapshot createWithRam(String name) {
        return snapshots.create(vm, SnapshotSpec.named(name).withRam(), ADMIN).await();
    }

    Snapshot restore(SnapshotId id) {
        return restore(id, Intent.RestoreOptions.ORDINARY).snapshot();
    }

    Restored restore(SnapshotId id, Intent.RestoreOptions options) {
        return snapshots.restore(vm, id, options, ADMIN).await();
    }

    /** Brings a snapshot back and chooses the power state to end in. */
    Restored restore(SnapshotId id, Intent.PowerAfter power) {
        return restore(id, Intent.RestoreOptions.ORDINARY.power(power));
    }

    /** Somebody takes a disk from the VM, whose file stays. */
    void detach(String target) {
        guest.detach(target);
        targets.remove(target);
    }

    /** Brings back what the VM still has of a snapshot. */
    Snapshot restoreRemaining(SnapshotId id) {
        return restore(id, Intent.RestoreOptions.ORDINARY.drift(Intent.Drift.KEEP_CONFIGURATION))
                .snapshot();
    }

    SnapshotTree migrate(String node) {
        return snapshots.migrate(vm, node, ADMIN).await();
    }

    /** The host copies the files, and the VM goes to where the copies are. */
    SnapshotTree migrateFiles(String node) {
        return snapshots
                .migrate(vm, new Intent.Migrate(node, moved("/images/" + node + "-")), ADMIN)
                .await();
    }

    /** As the host copies files before it takes the VM to another node. */
    void copyFiles(String node, boolean whole) {
        moved("/images/" + node + "-").forEach((target, place) -> datacenter.copyDisk(sourceOf(target), place, whole));
    }

    private Map<String, String> moved(String prefix) {
        return targets.stream().collect(Collectors.toMap(target -> target, target -> prefix + target));
    }

    /** The host removes the files that the VM does not use any more. */
    void tidy() {
        for (String target : targets) {
            guest.disk(target).bitmaps();
            String used = sourceOf(target);
            Stream.of("/images/web-1-" + target + ".qcow2", "/images/node-2-" + target)
                    .filter(place -> !place.equals(used))
                    .forEach(datacenter::destroyDisk);
        }
    }

    /** Where a disk of the VM is on the node that has it. */
    String sourceOf(String target) {
        return Stream.of("node-1", "node-2")
                .flatMap(node -> datacenter.node(node).find(vm).stream())
                .flatMap(seen -> seen.disks().stream())
                .filter(disk -> disk.target().equals(target))
                .findFirst()
                .flatMap(VmDescription.Disk::source)
                .orElseThrow();
    }

    /** Copies all disks; each has its place on its own storage. */
    List<Volume> copy(Optional<SnapshotId> of) {
        return snapshots.clone(vm, new Intent.Clone(of, places()), ADMIN).await();
    }

    Map<String, String> places() {
        return targets.stream()
                .collect(Collectors.toMap(
                        target -> target, target -> sourceOf(target).replaceFirst("/[^/]*$", "/copy-of-") + target));
    }

    SnapshotTree deleteAll() {
        return snapshots.deleteAll(vm, ADMIN).await();
    }

    /** Everything that is left over but leases that have run out: the next verb passes over those. */
    List<String> partsLeft() {
        return datacenter.leftovers().stream()
                .filter(left -> !left.startsWith("a lease on"))
                .toList();
    }

    /** The sizes that the guest sees. */
    List<Long> diskSizes() {
        return Stream.of("vda", "vdb", "vdc")
                .filter(target -> targets.contains(target))
                .map(target -> datacenter.disk(sourceOf(target)).virtualBytes())
                .toList();
    }

    /** What the VM's disks hold. */
    List<String> everyDisk() {
        return targets.stream()
                .sorted()
                .map(guest::disk)
                .map(disk -> disk.source() + ": \"" + disk.content() + "\", " + disk.snapshots() + ", "
                        + disk.virtualBytes() + " bytes, " + disk.leakedBytes() + " leaked")
                .toList();
    }

    SnapshotTree tree() {
        return snapshots.tree(vm);
    }
}
