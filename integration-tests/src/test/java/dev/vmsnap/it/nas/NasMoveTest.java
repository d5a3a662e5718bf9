package dev.vmsnap.it.nas;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static dev.vmsnap.it.TickingHost.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.storage.nas.NasStorage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Two nodes have the same export mounted, and a guest goes from one to the other where the host allows it. */
@Tag("nightly")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@ResourceLock("node b")
final class NasMoveTest {
    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final NasLab lab = new NasLab(NODES);

    @BeforeEach
    void mountThereToo() {
        lab.mount(lab.server(), "hard");
    }

    @Test
    void aGuestThatIsOffGoesThereWithItsSnapshotsAndNoDataMoves() {
        NodeTicker here = lab.bootable("moving", 24);
        VmSnapshots staying = lab.engine(new NasStorage(), this::bothNodes, false);
        VmId vm = lab.opened(staying, here);
        here.start(PATIENCE);
        long before = here.tickNow(PATIENCE);
        Snapshot ram = staying.create(vm, SnapshotSpec.named("with RAM").withRam(), ADMIN)
                .await();
        long after = here.tickNow(PATIENCE);
        here.destroy();
        String inside = lab.snapshotsIn(here);
        Intent there = new Intent.MigrateCold("a", StorageKind.NAS);
        assertThat(staying.check(vm, there, ADMIN).refusals())
                .extracting(Refusal::code)
                .containsExactly(Code.COLD_MIGRATION_LOCKED);

        VmSnapshots moving = lab.engine(new NasStorage().movingOnSameExport(), this::bothNodes, false);
        assertThat(moving.check(vm, there, ADMIN).refusals()).isEmpty();
        moving.migrate(vm, "a", ADMIN).await();

        assertThat(lab.client().run("virsh", "-q", "list", "--all", "--name")).doesNotContain("moving");
        assertThat(lab.snapshotsIn(here)).isEqualTo(inside);
        NodeTicker moved = lab.on(lab.server(), here);
        moving.restore(vm, ram.id(), ADMIN).await();
        assertThat(moved.console().awaitTick(PATIENCE)).isBetween(before, after + 3);
        assertThat(moving.vms())
                .filteredOn(found -> found.vm().equals(vm))
                .singleElement()
                .satisfies(found -> assertThat(found.node()).contains("a"));
        moving.deleteAll(vm, ADMIN).await();
        moved.destroy();
        assertThat(lab.snapshotsIn(here)).isEmpty();
        assertThat(moving.doctor(vm)).isEmpty();
    }

    @Test
    void onlyTheGuestsOwnNodeActsOnAnImageThatBothCanReach() {
        NodeTicker here = lab.bootable("shared", 24);
        VmSnapshots snapshots = lab.engine(new NasStorage(), this::bothNodes, false);
        VmId vm = lab.opened(snapshots, here);
        Snapshot kept = snapshots.create(vm, SnapshotSpec.named("kept"), ADMIN).await();
        here.start(PATIENCE);

        // Somebody defines the guest on the other node too, where it is off.
        NodeTicker twin = here.on(lab.server()).define();
        Snapshot next = snapshots.create(vm, SnapshotSpec.named("next"), ADMIN).await();
        assertThat(next.node()).isEqualTo("b");
        here.tickOn(PATIENCE);
        snapshots.restore(vm, kept.id(), ADMIN).await();

        assertThat(here.state()).isEqualTo("running");
        assertThat(twin.state()).isEqualTo("shut off");
        twin.remove();
    }

    private SnapshotEngine.Builder bothNodes(SnapshotEngine.Builder builder) {
        return builder.node("b", KvmHypervisor.connect(lab.client().uri()))
                .node("a", KvmHypervisor.connect(lab.server().uri()));
    }
}
