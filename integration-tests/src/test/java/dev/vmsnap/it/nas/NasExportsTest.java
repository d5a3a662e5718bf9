package dev.vmsnap.it.nas;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.storage.nas.NasStorage;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Exports of other kinds than the usual one. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@ResourceLock("node b")
final class NasExportsTest {
    private static final NasStorage PATIENT = new NasStorage().withDeadline(Duration.ofMinutes(1));

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final NasLab lab = new NasLab(NODES);

    @Test
    void versionThreeOfNfsIsANasToo() {
        lab.mountVersionThree();
        NodeTicker guest = lab.guest("three", true);
        VmSnapshots snapshots = lab.engine(PATIENT, UnaryOperator.identity());
        VmId vm = lab.opened(snapshots, guest);
        lab.write(guest, 1);
        Snapshot kept = create(snapshots, vm, "kept");
        lab.write(guest, 2);

        snapshots.restore(vm, kept.id(), ADMIN).await();

        assertThat(lab.holds(guest, 1)).isTrue();
        assertThat(kept.volumes().get(0).location())
                .hasValueSatisfying(place -> assertThat(place).endsWith(":/srv/it/vm/three.qcow2"));
        snapshots.deleteAll(vm, ADMIN).await();
        assertThat(lab.snapshotsIn(guest)).isEmpty();
    }

    @Test
    void whoseQuotaIsReachedLosesNoSnapshotAndCanDelete() {
        lab.limit(SquashedLab.OWNER, 8);
        NodeTicker guest = lab.guest("limited", true);
        lab.client().run("chown", SquashedLab.OWNER, NasLab.disk(guest));
        VmSnapshots snapshots = lab.engine(PATIENT, UnaryOperator.identity());
        VmId vm = lab.opened(snapshots, guest);
        lab.write(guest, 1);
        Snapshot kept = create(snapshots, vm, "kept");
        lab.useUp(SquashedLab.OWNER, 8, true);

        assertThatThrownBy(() -> create(snapshots, vm, "too much"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));

        Snapshot full = snapshots.tree(vm).snapshots().stream()
                .filter(snapshot -> snapshot.name().equals("too much"))
                .findFirst()
                .orElseThrow();
        assertThat(full.reason()).contains(Snapshot.Reason.NO_SPACE);
        snapshots.delete(vm, full.id(), ADMIN).await();
        lab.useUp(SquashedLab.OWNER, 8, false);
        lab.write(guest, 2);
        snapshots.restore(vm, kept.id(), ADMIN).await();
        assertThat(lab.holds(guest, 1)).isTrue();
        snapshots.deleteAll(vm, ADMIN).await();
        assertThat(lab.snapshotsIn(guest)).isEmpty();
    }

    private static Snapshot create(VmSnapshots snapshots, VmId vm, String name) {
        return snapshots.create(vm, SnapshotSpec.named(name), ADMIN).await();
    }
}
