package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.VmSnapshots.Expired;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.Faults.Call;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.InMemoryHypervisor;
import dev.vmsnap.testkit.SimulatedCrash;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node that does not answer is the trouble of its own VMs. */
class DeadNodeTest {
    private final Datacenter datacenter = new Datacenter();
    private final InMemoryHypervisor alive = datacenter.node("alive");
    private final InMemoryHypervisor dead = datacenter.node("dead");
    private final VmId web = alive.withVm("web", "vda").id();
    private VmSnapshots snapshots = engine();

    @AfterEach
    void release() {
        dead.reconnect();
        snapshots.close();
    }

    @Test
    void everyVerbOnAnotherNodeWorksWhileANodeIsMute() {
        dead.mute();

        Snapshot one = snapshots.create(web, SnapshotSpec.named("one"), ADMIN).await();
        snapshots.restore(web, one.id(), ADMIN).await();
        snapshots.usage(web);
        assertThat(snapshots
                        .check(web, new Intent.Create(SnapshotSpec.named("two")), ADMIN)
                        .allowed())
                .isTrue();
        assertThat(snapshots.doctor(web)).isEmpty();
        snapshots.delete(web, one.id(), ADMIN).await();

        assertThat(snapshots.tree(web).isEmpty()).isTrue();
    }

    @Test
    void aListNamesTheNodesThatDoNotAnswerAndWhy() {
        dead.withVm("db", "vda");
        dead.disconnect(Reason.DENIED);

        VmSnapshots.VmList list = snapshots.vmList();

        assertThat(list.vms()).extracting(VmOverview::vm).containsExactly(web);
        assertThat(list.silentNodes()).containsExactly(new SilentNode("dead", Reason.DENIED, "dead cannot be reached"));
    }

    @Test
    void aListHasTheVmsOfASilentNodeThatHaveSnapshots() {
        VmId db = dead.withVm("db", "vda").id();
        snapshots.create(db, SnapshotSpec.named("kept"), ADMIN).await();
        dead.disconnect();

        assertThat(snapshots.vmList().vms())
                .filteredOn(vm -> vm.vm().equals(db))
                .singleElement()
                .satisfies(vm -> assertThat(vm.node()).isEmpty())
                .satisfies(vm -> assertThat(vm.lastNode()).contains("dead"))
                .satisfies(vm -> assertThat(vm.name()).isEqualTo("db"));
    }

    @Test
    void whatTheStoreKnowsIsAnsweredWithoutAnyNode() {
        snapshots.create(web, SnapshotSpec.named("kept"), ADMIN).await();
        datacenter.faults().forgetCalls();

        assertThat(snapshots.recordedVms()).singleElement().satisfies(vm -> {
            assertThat(vm.vm()).isEqualTo(web);
            assertThat(vm.name()).isEqualTo("web");
            assertThat(vm.lastNode()).contains("alive");
            assertThat(vm.node()).isEmpty();
        });
        snapshots.trees();
        snapshots.tree(web);

        assertThat(datacenter.faults().calls()).extracting(Call::point).allMatch(point -> point.name()
                .startsWith("STORE"));
    }

    @Test
    void theRefusalCarriesTheCauseOfEachNode() {
        VmId db = dead.withVm("db", "vda").id();
        snapshots.create(db, SnapshotSpec.named("kept"), ADMIN).await();
        dead.disconnect(Reason.DENIED);

        Refusal refusal = refusalOf(() -> snapshots.create(db, SnapshotSpec.unnamed(), ADMIN));

        assertThat(refusal.code()).isEqualTo(Refusal.Code.NODE_UNREACHABLE);
        assertThat(refusal.message()).contains("dead (dead cannot be reached)");
        assertThat(refusal.data())
                .containsEntry("nodes", "dead")
                .containsEntry("causes", "dead (dead cannot be reached)");
    }

    @Test
    void aNodeThatIsBackIsUsedAtOnce() {
        VmId db = dead.withVm("db", "vda").id();
        snapshots.create(db, SnapshotSpec.named("kept"), ADMIN).await();
        dead.disconnect();
        refusalOf(() -> snapshots.create(db, SnapshotSpec.unnamed(), ADMIN));

        dead.reconnect();

        snapshots.create(db, SnapshotSpec.named("again"), ADMIN).await();
        assertThat(snapshots.tree(db).size()).isEqualTo(2);
    }

    @Test
    void doctorReportsANodeThatIsAwayWithItsCause() {
        dead.disconnect(Reason.DENIED);

        assertThat(snapshots.doctor())
                .filteredOn(finding -> finding.kind() == Finding.Kind.NODE_AWAY)
                .singleElement()
                .satisfies(finding -> assertThat(finding.subject()).isEqualTo("dead"))
                .satisfies(finding -> assertThat(finding.message()).contains("dead cannot be reached"));
    }

    @Test
    void recoveryLeavesTheVmsOfADeadNodeForLater() {
        List<VmId> vms = List.of(
                dead.withVm("a", "vda").id(),
                dead.withVm("b", "vda").id(),
                dead.withVm("c", "vda").id());
        vms.forEach(this::leaveACreateOpen);
        dead.disconnect();
        datacenter.faults().forgetCalls();

        List<Recovered> recovered = snapshots.recover().recovered();

        assertThat(recovered)
                .extracting(Recovered::outcome)
                .containsOnly(Outcome.STILL_OPEN)
                .hasSize(3);
        assertThat(vms).noneMatch(vm -> callsTo(Point.HYPERVISOR_FIND, vm) > 0);
        dead.reconnect();
        assertThat(snapshots.recover().recovered())
                .extracting(Recovered::outcome)
                .containsOnly(Outcome.UNDONE);
    }

    @Test
    void expiryAsksADeadNodeForTheFirstOfItsVmsOnly() {
        List<VmId> vms = List.of(
                dead.withVm("a", "vda").id(),
                dead.withVm("b", "vda").id(),
                dead.withVm("c", "vda").id());
        vms.forEach(this::createExpiring);
        createExpiring(web);
        datacenter.advance(Duration.ofDays(1));
        dead.disconnect();
        datacenter.faults().forgetCalls();

        List<Expired> expired = snapshots.deleteExpired(ADMIN);

        assertThat(expired)
                .hasSize(4)
                .filteredOn(one -> one.failure().isEmpty())
                .extracting(Expired::vm)
                .containsExactly(web);
        // The living node is asked for each of them, too.
        assertThat(vms).filteredOn(vm -> callsTo(Point.HYPERVISOR_FIND, vm) > 1).hasSize(1);
    }

    private void createExpiring(VmId vm) {
        snapshots
                .create(
                        vm,
                        SnapshotSpec.named("short")
                                .expiresAt(datacenter.clock().instant().plusSeconds(60)),
                        ADMIN)
                .await();
    }

    private void leaveACreateOpen(VmId vm) {
        datacenter.faults().crashOn(Point.IMAGES_CUT).at(Moment.AFTER).onCall(1);
        assertThatThrownBy(() ->
                        snapshots.create(vm, SnapshotSpec.named("open"), ADMIN).await())
                .isInstanceOf(SimulatedCrash.class);
        datacenter.reboot();
        datacenter.advance(Duration.ofHours(1));
        snapshots = engine();
    }

    private long callsTo(Point point, VmId vm) {
        return datacenter.faults().calls().stream()
                .filter(call -> call.point() == point && call.subject().equals(vm.value()))
                .count();
    }

    private static Refusal refusalOf(Runnable verb) {
        RefusedException refused = catchThrowableOfType(RefusedException.class, verb::run);
        assertThat(refused.refusals()).hasSize(1);
        return refused.refusals().get(0);
    }

    private VmSnapshots engine() {
        return SnapshotEngine.builder()
                .node("alive", alive)
                .node("dead", dead)
                .storage(datacenter.inImage())
                .store(datacenter.store())
                .clock(datacenter.clock())
                .nodeDeadline(Duration.ofMillis(200))
                .build();
    }
}
