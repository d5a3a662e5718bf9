package dev.vmsnap.it.nas;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.Operation;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.it.Interference;
import dev.vmsnap.it.Interference.Line;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.storage.nas.NasStorage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A real NFS server stops in the middle of verbs, and an export gets into every state that it can be in. */
@Tag("nightly")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@ResourceLock("node b")
final class NasTroubleTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final NasStorage PATIENT = new NasStorage().withDeadline(Duration.ofMinutes(1));

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final NasLab lab = new NasLab(NODES);

    @Test
    void aServerThatStopsInTheMiddleOfThreeVerbsIsNamedAndAllAreFinishedWhenItIsBack() {
        NodeTicker creating = lab.guest("creating", true);
        NodeTicker restoring = lab.guest("restoring", true);
        NodeTicker deleting = lab.guest("deleting", true);
        NodeTicker local = lab.guest("local", false);
        VmSnapshots patient = lab.engine(PATIENT, UnaryOperator.identity());
        VmId localVm = lab.opened(patient, local);
        VmId creatingVm = lab.opened(patient, creating);
        VmId restoringVm = lab.opened(patient, restoring);
        VmId deletingVm = lab.opened(patient, deleting);
        lab.write(restoring, 1);
        Snapshot kept = create(patient, restoringVm, "kept");
        Snapshot old = create(patient, deletingVm, "old");
        lab.write(restoring, 2);

        // All three stand right before the command that changes their image when the server goes.
        CyclicBarrier all = new CyclicBarrier(3, () -> lab.nfs().stop());
        VmSnapshots hasty = lab.engine(
                new NasStorage().withDeadline(Duration.ofSeconds(8)).withTimeout(Duration.ofSeconds(8)),
                driver -> at(all, at(all, at(all, driver, "snapshot -c"), "snapshot -a"), "snapshot -d"));
        Operation<Snapshot> create = hasty.create(creatingVm, SnapshotSpec.named("interrupted"), ADMIN);
        Operation<?> restore = hasty.restore(restoringVm, kept.id(), ADMIN);
        Operation<?> delete = hasty.delete(deletingVm, old.id(), ADMIN);

        create(hasty, localVm, "others go on");
        for (Operation<?> operation : List.of(create, restore, delete)) {
            assertThatThrownBy(operation::await)
                    .isInstanceOf(SnapshotException.class)
                    .hasMessageContaining("does not answer");
        }
        assertThat(codes(hasty.check(restoringVm, new Intent.Create(SnapshotSpec.named("next")), ADMIN)))
                .contains(Code.STORAGE_AWAY);

        lab.nfs().start();
        assertThat(patient.recover().clean()).isTrue();
        assertThat(patient.tree(creatingVm).isEmpty()).isTrue();
        assertThat(lab.snapshotsIn(creating)).isEmpty();
        assertThat(lab.holds(restoring, 1)).isTrue();
        assertThat(status(patient, restoringVm, kept)).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(patient.tree(deletingVm).isEmpty()).isTrue();
        assertThat(lab.snapshotsIn(deleting)).isEmpty();
        create(patient, creatingVm, "at last");
    }

    private static HypervisorDriver at(CyclicBarrier barrier, HypervisorDriver driver, String words) {
        return Interference.at(driver, Line.with(words), Interference.first(() -> await(barrier)));
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aDiskInThePageCacheThatRanFullOfRamIsMendedWhenTheVmIsOff() {
        NodeTicker guest = lab.cached("cached", 24);
        VmSnapshots snapshots = lab.engine(PATIENT, UnaryOperator.identity());
        VmId vm = lab.opened(snapshots, guest);
        guest.start(PATIENCE);
        assertThat(snapshots
                        .check(vm, new Intent.Create(SnapshotSpec.named("too much")), ADMIN)
                        .notices())
                .extracting(Notice::code)
                .containsExactly(Notice.Code.PAGE_CACHED);
        lab.fillBut(8);

        assertThatThrownBy(() -> snapshots
                        .create(vm, SnapshotSpec.named("too much").withRam(), ADMIN)
                        .await())
                .isInstanceOf(SnapshotException.class)
                .hasMessageContaining("powered off");
        // The library let it go; then QEMU stopped it for a write that found no room either.
        assertThat(lab.client().run("virsh", "domstate", "--reason", "cached")).matches("(?s)(running|paused .I/O).*");
        lab.fill(false);
        assertThat(snapshots.recover().clean()).isFalse();
        guest.destroy();
        assertThat(snapshots.recover().clean()).isTrue();

        assertThat(snapshots.tree(vm).isEmpty()).isTrue();
        assertThat(lab.snapshotsIn(guest)).isEmpty();
        assertThat(lab.client().run("qemu-img", "info", NasLab.disk(guest))).contains("64 MiB");
        guest.start(PATIENCE);
        create(snapshots, vm, "room again");
    }

    @Test
    void anExportThatIsFullOrReadOnlyOrAnotherOneOrInUseElsewhereIsNamedAndLosesNoSnapshot() {
        NodeTicker guest = lab.guest("guest", true);
        VmSnapshots snapshots = lab.engine(PATIENT, UnaryOperator.identity());
        VmId vm = lab.opened(snapshots, guest);
        lab.write(guest, 1);
        Snapshot kept = create(snapshots, vm, "kept");
        lab.write(guest, 2);
        Intent next = new Intent.Create(SnapshotSpec.named("next"));

        VmSnapshots filled = lab.engine(
                PATIENT,
                driver -> Interference.at(driver, Line.with("snapshot -c"), Interference.first(() -> lab.fill(true))));
        assertThatThrownBy(() -> create(filled, vm, "too large"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));
        Snapshot full = snapshots.tree(vm).snapshots().stream()
                .filter(snapshot -> snapshot.name().equals("too large"))
                .findFirst()
                .orElseThrow();
        assertThat(full.reason()).contains(Snapshot.Reason.NO_SPACE);
        assertThat(codes(snapshots.check(vm, next, ADMIN))).containsExactly(Code.NO_SPACE);
        snapshots.delete(vm, full.id(), ADMIN).await();
        lab.fill(false);

        lab.client().run("mount", "-o", "remount,ro", NasLab.MOUNT);
        assertThat(codes(snapshots.check(vm, next, ADMIN))).containsExactly(Code.STORAGE_READ_ONLY);

        Intent back = new Intent.Restore(kept.id(), Intent.Drift.REFUSE);
        lab.stale(true);
        assertAway(snapshots, vm, back, "stale file handle");
        lab.stale(false);
        lab.swap("hard");
        assertAway(snapshots, vm, back, "leads to");
        lab.unmount();
        assertAway(snapshots, vm, back, "not mounted");
        assertThat(status(snapshots, vm, kept)).isEqualTo(Snapshot.Status.AVAILABLE);
        lab.mount(lab.client(), "soft");
        Verdict soft = snapshots.check(vm, back, ADMIN);
        assertThat(soft.refusals()).isEmpty();
        assertThat(soft.notices()).extracting(Notice::code).contains(Notice.Code.SOFT_MOUNT);

        String holder = lab.openOnTheServer(guest);
        assertThat(codes(snapshots.check(vm, back, ADMIN))).containsExactly(Code.IMAGE_IN_USE);
        lab.server().run("kill", holder);

        snapshots.restore(vm, kept.id(), ADMIN).await();
        assertThat(lab.holds(guest, 1)).isTrue();
        snapshots.deleteAll(vm, ADMIN).await();
        assertThat(lab.snapshotsIn(guest)).isEmpty();
    }

    private static void assertAway(VmSnapshots snapshots, VmId vm, Intent intent, String why) {
        List<Refusal> refusals = snapshots.check(vm, intent, ADMIN).refusals();
        assertThat(refusals).extracting(Refusal::code).containsExactly(Code.STORAGE_AWAY);
        assertThat(refusals.get(0).message()).contains(why);
        assertThat(snapshots.doctor(vm)).extracting(Finding::kind).containsOnly(Finding.Kind.STORAGE_AWAY);
    }

    private static Snapshot create(VmSnapshots snapshots, VmId vm, String name) {
        return snapshots.create(vm, SnapshotSpec.named(name), ADMIN).await();
    }

    private static Snapshot.Status status(VmSnapshots snapshots, VmId vm, Snapshot snapshot) {
        return snapshots.tree(vm).find(snapshot.id()).orElseThrow().status();
    }

    private static List<Code> codes(Verdict verdict) {
        return verdict.refusals().stream().map(Refusal::code).toList();
    }
}
