package dev.vmsnap.it.lvm;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.BusyException;
import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.it.Interference;
import dev.vmsnap.it.Interference.Line;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.storage.lvm.LvmStorage;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Two managers work on one VM: with one store they take turns, with two each leaves alone what is the other's. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
final class TwoManagersTest {
    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "a");

    @Test
    void managersOfOneStoreTakeTurns() {
        LvmHost host = LvmHost.of(lab, lab.thick("vda", 8));
        VmSnapshots other = lab.engine();
        AtomicInteger refused = new AtomicInteger();
        Interference.Happening whileItCuts = Interference.first(() -> {
            assertThatThrownBy(() -> other.create(host.vm(), SnapshotSpec.named("too early"), ADMIN))
                    .isInstanceOfSatisfying(
                            BusyException.class, e -> assertThat(e.verb()).isEqualTo(Verb.CREATE));
            refused.incrementAndGet();
        });
        VmSnapshots first =
                lab.engine(Interference.at(lab.driver(), Line.with("lvcreate", "vg_own/vda"), whileItCuts), b -> b);

        Snapshot one = first.create(host.vm(), SnapshotSpec.named("one"), ADMIN).await();
        assertThat(refused).hasValue(1);
        Snapshot two = other.create(host.vm(), SnapshotSpec.named("two"), ADMIN).await();

        assertThat(two.parent()).contains(one.id());
        assertThat(first.tree(host.vm())).isEqualTo(other.tree(host.vm()));
        other.delete(host.vm(), one.id(), ADMIN).await();
        first.restore(host.vm(), two.id(), ADMIN).await();
        assertThat(other.doctor(host.vm())).isEmpty();
    }

    @Test
    void managersOfTwoStoresLeaveEachOthersSnapshotsAlone() {
        lab.pool("pool", 64);
        Contents disks = new Contents(lab.node(), List.of(lab.thick("thick", 8), lab.thin("pool", "thin", 8)));
        LvmHost ours = LvmHost.of(lab, disks.devices().toArray(String[]::new));
        VmSnapshots theirs = lab.engine(
                lab.driver(), LvmStorage.inVolumeGroup(LvmLab.GROUP), lab.store("other"), builder -> builder);
        String oursSums = disks.fill(0, 2);
        Snapshot our = ours.create("ours");
        String theirSums = disks.fill(1, 2);
        Snapshot their =
                theirs.create(ours.vm(), SnapshotSpec.named("theirs"), ADMIN).await();
        disks.fill(3, 2);

        assertThat(ours.snapshots()
                        .check(ours.vm(), new Intent.Create(SnapshotSpec.named("x")), ADMIN)
                        .notices())
                .extracting(Notice::code)
                .contains(Notice.Code.OTHER_STORE)
                .doesNotContain(Notice.Code.FOREIGN_SNAPSHOTS);
        assertThat(ours.snapshots().doctor(ours.vm()))
                .isNotEmpty()
                .extracting(Finding::kind)
                .as("snapshots of another store are named as such")
                .containsOnly(Finding.Kind.NOTICE);
        ours.restore(our);
        assertThat(disks.sums()).isEqualTo(oursSums);
        theirs.restore(ours.vm(), their.id(), ADMIN).await();
        assertThat(disks.sums()).isEqualTo(theirSums);
        ours.restore(our);
        assertThat(disks.sums()).isEqualTo(oursSums);

        theirs.deleteAll(ours.vm(), ADMIN).await();
        Set<String> left = lab.volumes().ours();
        assertThat(left)
                .noneMatch(name -> name.contains(their.id().value()))
                .anyMatch(name -> name.contains(our.id().value()));
        assertThat(ours.snapshots().doctor(ours.vm())).isEmpty();
        ours.restore(our);
        ours.snapshots().vmDeleted(ours.vm(), ADMIN).await();
        assertThat(lab.volumes().ours()).isEmpty();
    }
}
