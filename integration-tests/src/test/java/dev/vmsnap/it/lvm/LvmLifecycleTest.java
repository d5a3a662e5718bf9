package dev.vmsnap.it.lvm;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Snapshot.Consistency;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.it.lvm.LvmHost.Saved;
import dev.vmsnap.it.lvm.Volumes.Space;
import dev.vmsnap.lab.node.LabNodes;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * All verbs on thick and thin volumes, of a guest that runs and one that is off, with and without RAM, on one disk and
 * two. The counters of RAM and disks are the proof; what LVM says afterwards is the proof that nothing is left.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
final class LvmLifecycleTest {
    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "a");

    enum Disks {
        ONE_THICK,
        TWO_THICK,
        ONE_THIN,
        TWO_THIN;

        String[] make(LvmLab lab) {
            return switch (this) {
                case ONE_THICK -> new String[] {lab.thick("vda", 32)};
                case TWO_THICK -> new String[] {lab.thick("a--b.c+d", 32), lab.thick("a-b_tdat", 16)};
                case ONE_THIN -> {
                    lab.pool("pool", 256);
                    yield new String[] {lab.thin("pool", "vda", 32)};
                }
                case TWO_THIN -> {
                    lab.pool("pool-", 256);
                    yield new String[] {lab.thin("pool-", "vda-", 32), lab.thin("pool-", "+.-vdb", 16)};
                }
            };
        }

        boolean areThick() {
            return this == ONE_THICK || this == TWO_THICK;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TWO_THICK", "ONE_THIN"})
    void aGuestGoesBackAndForthAndNothingIsLeftOfItsSnapshots(Disks disks) {
        LvmHost host = LvmHost.of(lab, disks.make(lab)).boot();
        Space before = lab.volumes().space();

        Saved ram = host.save("with RAM", true);
        host.tickOn();
        Saved bare = host.save("disks only", false);
        host.tickOn();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        assertThat(consistency(ram.snapshot())).isEqualTo(Consistency.RAM);
        assertThat(ram.snapshot().receipt().orElseThrow().ramBytes()).isPositive();
        assertThat(consistency(bare.snapshot())).isEqualTo(Consistency.CRASH);

        Returns.withRam(host, ram);
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        Returns.withoutRam(host, bare);
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();

        host.powerOff();
        List<Long> counters = host.counters();
        Snapshot off = host.create("off");
        assertThat(consistency(off)).isEqualTo(Consistency.OFFLINE);
        deleteTheMiddle(host, bare, off, disks);
        Returns.withRam(host, ram);
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        host.powerOff();
        host.restore(off);
        assertThat(host.power()).isEqualTo(PowerState.OFF);
        assertThat(host.counters()).isEqualTo(counters);
        Returns.withRam(host, ram);
        Snapshot leaf = host.create("leaf");
        assertThat(host.tree().childrenOf(ram.id())).extracting(Snapshot::id).containsExactly(off.id(), leaf.id());

        deleteEverything(host, ram, before, disks);
    }

    private void deleteTheMiddle(LvmHost host, Saved middle, Snapshot leaf, Disks disks) {
        long free = lab.volumes().free().get(LvmLab.GROUP);
        OptionalLong said = freedBytes(host, Set.of(middle.id()));
        host.delete(middle.snapshot());
        Volumes now = lab.volumes();
        assertThat(host.find(leaf.id()).parent()).isEqualTo(middle.snapshot().parent());
        assertThat(now.ours()).noneMatch(name -> name.contains(middle.id().value()));
        if (disks.areThick()) {
            assertThat(now.free().get(LvmLab.GROUP) - free)
                    .isEqualTo(said.orElseThrow())
                    .isPositive();
        }
    }

    /** What deleting snapshots is said to free; empty where nothing is said. */
    private static OptionalLong freedBytes(LvmHost host, Set<SnapshotId> snapshots) {
        return host.snapshots().usage(host.vm()).stream()
                .filter(usage -> snapshots.contains(usage.snapshot()))
                .mapToLong(Snapshot.Usage::freedBytes)
                .reduce(Long::sum);
    }

    /** Of a guest that runs: a subtree, then the rest, or all at once because the VM is deleted. */
    private void deleteEverything(LvmHost host, Saved root, Space before, Disks disks) {
        host.tickOn();
        Volumes there = lab.volumes();
        long records = there.all().entrySet().stream()
                .filter(lv -> lv.getKey().contains("vmsnap.records"))
                .mapToLong(lv -> lv.getValue().bytes())
                .sum();
        Set<SnapshotId> all = host.tree().snapshots().stream().map(Snapshot::id).collect(Collectors.toSet());
        OptionalLong said = freedBytes(host, all);
        assertThat(said.isPresent()).isEqualTo(disks.areThick());
        switch (disks) {
            case ONE_THICK, TWO_THIN ->
                host.snapshots()
                        .delete(host.vm(), Set.of(root.id()), true, ADMIN)
                        .await();
            case ONE_THIN -> host.snapshots().deleteAll(host.vm(), ADMIN).await();
            case TWO_THICK -> host.snapshots().vmDeleted(host.vm(), ADMIN).await();
        }
        host.tickOn();
        assertThat(host.tree().isEmpty()).isTrue();
        assertThat(lab.volumes().space()).isEqualTo(before);
        if (disks.areThick()) {
            assertThat(before.free().get(LvmLab.GROUP) - there.free().get(LvmLab.GROUP))
                    .as("RAM too")
                    .isEqualTo(said.orElseThrow() + records);
        }
    }

    private static Consistency consistency(Snapshot snapshot) {
        return snapshot.receipt().orElseThrow().consistency();
    }
}
