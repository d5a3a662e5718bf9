package dev.vmsnap.it.nas;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static dev.vmsnap.it.TickingHost.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Finding;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.VmSnapshots.Rebuilt;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.storage.nas.NasStorage;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The database is gone: the records come back from an export. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@ResourceLock("node b")
final class LostStoreOnNasTest {
    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final NasLab lab = new NasLab(NODES);

    @Test
    void recordsOfTwoLostStoresComeBackAndAGuestContinuesFromItsRam() throws IOException {
        NodeTicker guest = lab.bootable("lost", 24);
        VmSnapshots first = engine();
        VmId vm = lab.opened(first, guest);
        guest.start(PATIENCE);
        long before = guest.tickNow(PATIENCE);
        Snapshot ram = first.create(vm, SnapshotSpec.named("with RAM").withRam(), ADMIN)
                .await();
        long after = guest.tickNow(PATIENCE);
        first.create(vm, SnapshotSpec.named("disks only"), ADMIN).await();
        first.edit(vm, ram.id(), ram.labels().comment("kept").tag("ticket", "7"), ADMIN);
        SnapshotTree lost = first.tree(vm);
        lab.loseStore();
        VmSnapshots half = engine();
        Snapshot mine = half.create(vm, SnapshotSpec.named("mine"), ADMIN).await();
        assertThat(half.doctor(vm)).extracting(Finding::kind).contains(Finding.Kind.NOTICE, Finding.Kind.ORPHAN);
        lab.loseStore();
        VmSnapshots last = engine();

        Rebuilt rebuilt = last.rebuild(vm, ADMIN);

        assertThat(rebuilt.added()).hasSize(3).contains(mine.id());
        assertThat(last.tree(vm).snapshots())
                .containsAll(lost.snapshots())
                .extracting(Snapshot::status)
                .containsOnly(Snapshot.Status.AVAILABLE);
        assertThat(last.choice(vm)).isEqualTo(first.choice(vm));
        assertThat(last.doctor(vm)).isEmpty();
        assertThat(records()).as("only the present store keeps records").hasSize(1);
        assertThat(last.rebuild(vm, ADMIN).changed()).isFalse();
        assertThat(half.rebuild(vm, ADMIN).added()).as("on top of a half store").hasSize(2);

        half.restore(vm, ram.id(), ADMIN).await();
        assertThat(guest.console().awaitReturn(PATIENCE)).isBetween(before, after + 3);
        guest.tickOn(PATIENCE);
        half.deleteAll(vm, ADMIN).await();
        guest.destroy();
        assertThat(lab.snapshotsIn(guest)).isEmpty();
        assertThat(half.doctor(vm)).isEmpty();
    }

    @Test
    void snapshotsInImagesThatNoManifestNamesAreNamedAndLeftAlone() throws IOException {
        NodeTicker guest = lab.guest("orphan", true);
        VmSnapshots first = engine();
        VmId vm = lab.opened(first, guest);
        Snapshot snapshot = first.create(vm, SnapshotSpec.named("without a manifest"), ADMIN)
                .await();
        lab.client().run("rm", "-r", NasLab.MOUNT + "/vm/.vmsnap");
        lab.loseStore();
        VmSnapshots next = engine();

        Rebuilt rebuilt = next.rebuild(vm, ADMIN);

        assertThat(rebuilt.changed()).isFalse();
        assertThat(rebuilt.notices()).extracting(Notice::code).containsExactly(Notice.Code.UNKNOWN_SNAPSHOTS);
        assertThat(next.doctor(vm)).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Finding.Kind.ORPHAN);
            assertThat(finding.message()).contains(snapshot.id().value());
            String remedy = finding.remedy();
            String command = remedy.substring(remedy.indexOf('\'') + 1, remedy.lastIndexOf('\''));
            lab.client().run(command.split(" "));
        });
        assertThat(lab.snapshotsIn(guest)).isEmpty();
        assertThat(next.doctor(vm)).isEmpty();
    }

    private VmSnapshots engine() {
        return lab.engine(new NasStorage(), UnaryOperator.identity());
    }

    private List<String> records() {
        return lab.client().run("ls", NasLab.MOUNT + "/vm/.vmsnap").lines().toList();
    }
}
