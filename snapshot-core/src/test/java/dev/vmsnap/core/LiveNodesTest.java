package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.Operation;
import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.Faults.Hang;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.InMemoryHypervisor;
import dev.vmsnap.testkit.SimulatedCrash;
import dev.vmsnap.testkit.SteppedExecutor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes are added to an engine that runs, and removed from it. */
final class LiveNodesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final int ROUNDS = 100;

    private final Datacenter datacenter = new Datacenter();
    private final VmId web = datacenter.node("node-1").withVm("web", "vda").id();
    private final VmId mail = datacenter.node("node-1").withVm("mail", "vda").id();
    private final VmId db = datacenter.node("node-2").withVm("db", "vda").id();
    private final InMemoryHypervisor second = datacenter.node("node-2").connection();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private SnapshotEngine engine = engine(b -> b);

    @AfterEach
    void end() {
        datacenter.faults().clear();
        threads.shutdownNow();
    }

    @Test
    void aNodeThatIsAddedIsUsedAtOnce() {
        VmId late = datacenter.node("node-3").withVm("late", "vda").id();
        assertThat(codes(late)).containsExactly(Code.VM_NOT_FOUND);

        engine.addNode("node-3", datacenter.node("node-3"));

        assertThat(create(late).node()).isEqualTo("node-3");
        assertThat(engine.nodes()).containsExactly("node-1", "node-2", "node-3");
        assertThat(engine.vms()).extracting(VmOverview::vm).contains(late);
    }

    @Test
    void aNameThatIsTakenIsRefused() {
        InMemoryHypervisor other = datacenter.node("node-2").connection();

        Refusal refusal = refusalOf(() -> engine.addNode("node-2", other));

        assertThat(refusal.code()).isEqualTo(Code.DRIVER_EXISTS);
        assertThat(refusal.data()).containsEntry("node", "node-2");
        assertThat(other.closes()).isZero();
        assertThatThrownBy(() -> engine.addNode(" ", other)).isInstanceOf(IllegalArgumentException.class);
        create(db);
    }

    @Test
    void aNodeThatNothingUsesIsRemovedAndItsConnectionClosed() {
        assertThat(engine.removeNode("node-2", Duration.ZERO)).isTrue();

        assertThat(second.closes()).isOne();
        assertThat(engine.nodes()).containsExactly("node-1");
        assertThat(engine.removeNode("node-2", Duration.ZERO)).isFalse();
        engine.close();
        assertThat(second.closes()).isOne();
    }

    @Test
    void vmsOfARemovedNodeAreUnknownAndNotAbsent() {
        Snapshot kept = create(db);
        engine.removeNode("node-2", Duration.ZERO);

        assertThat(codes(db)).containsExactly(Code.NODE_UNKNOWN);
        assertThat(codesOf(db, new Intent.Restore(kept.id(), Intent.Drift.REFUSE)))
                .containsExactly(Code.NODE_UNKNOWN);
        assertThat(codesOf(db, new Intent.DeleteAll())).containsExactly(Code.NODE_UNKNOWN);
        assertThat(engine.doctor(db)).extracting(Finding::kind).containsExactly(Finding.Kind.NODE_AWAY);
        assertThat(engine.recover(db).clean()).isTrue();
        assertThat(engine.tree(db).snapshots()).containsExactly(kept);
        assertThat(engine.vms())
                .filteredOn(vm -> vm.vm().equals(db))
                .singleElement()
                .satisfies(vm -> {
                    assertThat(vm.node()).isEmpty();
                    assertThat(vm.lastNode()).contains("node-2");
                });

        engine.addNode("node-2", datacenter.node("node-2").connection());

        engine.restore(db, kept.id(), ADMIN).await();
        assertThat(engine.doctor(db)).isEmpty();
    }

    @Test
    void anOperationOnAnotherNodeGoesOn() throws Exception {
        Hang hang = hangsAtTheCut();
        Future<Snapshot> create = threads.submit(() -> create(web));
        assertThat(hang.awaitReached(PATIENCE)).isTrue();

        assertThat(engine.removeNode("node-2", Duration.ZERO)).isTrue();
        engine.addNode("node-4", datacenter.node("node-4"));

        hang.release();
        assertThat(create.get().status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void aNodeThatAnOperationUsesStaysAndTheRefusalNamesTheOperation() throws Exception {
        Hang hang = hangsAtTheCut();
        Future<Snapshot> create = threads.submit(() -> create(db));
        assertThat(hang.awaitReached(PATIENCE)).isTrue();
        String operation = engine.operations().get(0).id();

        for (Duration patience : List.of(Duration.ZERO, SHORT)) {
            Refusal refusal = refusalOf(() -> engine.removeNode("node-2", patience));

            assertThat(refusal.code()).isEqualTo(Code.DRIVER_IN_USE);
            assertThat(refusal.message()).contains("CREATE on VM db", operation);
            assertThat(refusal.data()).containsEntry("node", "node-2").containsEntry("operations", operation);
            assertThat(engine.nodes()).containsExactlyInAnyOrder("node-1", "node-2");
            assertThat(second.closes()).isZero();
        }
        hang.release();
        assertThat(create.get().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        create(db);
        assertThat(engine.removeNode("node-2", Duration.ZERO)).isTrue();
    }

    @Test
    void aRemovalWaitsForTheOperationsAndNoVerbBeginsOnTheNodeMeanwhile() throws Exception {
        Hang hang = hangsAtTheCut();
        Future<Snapshot> create = threads.submit(() -> create(db));
        assertThat(hang.awaitReached(PATIENCE)).isTrue();
        Future<Boolean> removal = threads.submit(() -> engine.removeNode("node-2", PATIENCE));
        while (engine.nodes().contains("node-2")) {
            Thread.onSpinWait();
        }

        VmId other = datacenter.node("node-2").withVm("other", "vda").id();
        assertThat(codes(other)).containsExactly(Code.VM_NOT_FOUND);
        assertThat(refusalOf(() -> engine.addNode("node-2", datacenter.node("node-2")))
                        .code())
                .isEqualTo(Code.DRIVER_EXISTS);
        assertThat(second.closes()).isZero();
        hang.release();

        assertThat(create.get().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(removal.get()).isTrue();
        assertThat(second.closes()).isOne();
        assertThat(second.lateCalls()).isZero();
        datacenter.assertNoLeftovers();
    }

    @Test
    void anOperationThatStillInspectsMayUseEachNode() {
        SteppedExecutor executor = new SteppedExecutor();
        engine = engine(b -> b.executor(executor).prepareOnExecutor());
        Operation<Snapshot> create = engine.create(web, SnapshotSpec.unnamed(), ADMIN);

        assertThat(refusalOf(() -> engine.removeNode("node-2", Duration.ZERO)).data())
                .containsEntry("operations", create.id());

        executor.runAll();
        assertThat(create.await().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(engine.removeNode("node-2", Duration.ZERO)).isTrue();
    }

    @Test
    void anOperationThatWaitsForTheExecutorKeepsItsNode() {
        SteppedExecutor executor = new SteppedExecutor();
        engine = engine(b -> b.executor(executor));
        Operation<Snapshot> create = engine.create(db, SnapshotSpec.unnamed(), ADMIN);

        assertThat(refusalOf(() -> engine.removeNode("node-2", SHORT)).code()).isEqualTo(Code.DRIVER_IN_USE);

        executor.runAll();
        assertThat(create.await().status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void aMigrationUsesBothNodes() {
        datacenter.node("node-1").vm("web").power(PowerState.OFF);
        SteppedExecutor executor = new SteppedExecutor();
        engine = engine(b -> b.executor(executor));
        datacenter.copyDisk("/images/web-vda.qcow2", "/images/there-vda.qcow2", true);
        engine.migrate(web, new Intent.Migrate("node-2", Map.of("vda", "/images/there-vda.qcow2")), ADMIN);

        assertThat(refusalOf(() -> engine.removeNode("node-1", Duration.ZERO)).code())
                .isEqualTo(Code.DRIVER_IN_USE);
        assertThat(refusalOf(() -> engine.removeNode("node-2", Duration.ZERO)).code())
                .isEqualTo(Code.DRIVER_IN_USE);
        executor.runAll();
    }

    @Test
    void aVerbThatWaitsForABusyVmHoldsNoNodeAndBeginsWithTheNewOnes() throws Exception {
        Hang hang = hangsAtTheCut();
        Future<Snapshot> first = threads.submit(() -> create(web));
        assertThat(hang.awaitReached(PATIENCE)).isTrue();
        Future<Snapshot> waits = threads.submit(() -> engine.waiting(PATIENCE)
                .create(web, SnapshotSpec.unnamed(), ADMIN)
                .await());

        assertThat(engine.removeNode("node-2", PATIENCE)).isTrue();
        hang.release();

        assertThat(first.get().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(waits.get().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(second.lateCalls()).isZero();
    }

    @Test
    void whatIsOpenOnARemovedNodeStaysOpenUntilTheNodeIsBack() {
        datacenter.faults().crashOn(Point.IMAGES_CUT).at(Moment.AFTER).onCall(1);
        assertThatThrownBy(() -> create(db)).isInstanceOf(SimulatedCrash.class);
        datacenter.reboot();
        datacenter.advance(Duration.ofHours(1));
        engine = engine(b -> b);
        engine.removeNode("node-2", Duration.ZERO);

        assertThat(engine.recover().recovered()).extracting(Recovered::outcome).containsExactly(Outcome.STILL_OPEN);

        engine.addNode("node-2", datacenter.node("node-2"));
        assertThat(engine.recover().recovered()).extracting(Recovered::outcome).containsExactly(Outcome.UNDONE);
        datacenter.assertNoLeftovers();
    }

    @Test
    void aNewConnectionToASilentNodeIsUsedAtOnce() {
        create(db);
        second.disconnect();
        assertThat(engine.doctor()).extracting(Finding::kind).containsExactly(Finding.Kind.NODE_AWAY);

        engine.removeNode("node-2", Duration.ZERO);
        assertThat(engine.doctor()).isEmpty();
        engine.addNode("node-2", datacenter.node("node-2").connection());

        assertThat(engine.doctor()).isEmpty();
        create(db);
    }

    @Test
    void aClosedEngineTakesNoNodeAndARemovalThatWaitedClosesItsOwn() throws Exception {
        engine = engine(b -> b.executor(new SteppedExecutor()));
        engine.create(db, SnapshotSpec.unnamed(), ADMIN);
        Future<Boolean> removal = threads.submit(() -> engine.removeNode("node-2", PATIENCE));
        while (engine.nodes().contains("node-2")) {
            Thread.onSpinWait();
        }

        engine.close();

        assertThat(removal.get()).isTrue();
        assertThat(second.closes()).isOne();
        assertThatThrownBy(() -> engine.addNode("node-3", datacenter.node("node-3")))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> engine.removeNode("node-1", PATIENCE)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void nodesComeAndGoWhileVerbsRunOnOtherThreads() throws Exception {
        Callable<Integer> onOthers = () -> createAndDelete(web) + createAndDelete(mail);
        Callable<Integer> onTheNode = () -> createAndDelete(db);
        List<Future<Integer>> verbs =
                List.of(threads.submit(onOthers), threads.submit(onTheNode), threads.submit(onTheNode));
        InMemoryHypervisor connection = second;
        int removals = 0;
        while (verbs.stream().anyMatch(verb -> !verb.isDone())) {
            assertThat(engine.removeNode("node-2", PATIENCE)).isTrue();
            assertThat(connection.closes()).isOne();
            assertThat(connection.lateCalls()).isZero();
            connection = datacenter.node("node-2").connection();
            engine.addNode("node-2", connection);
            removals++;
        }

        for (Future<Integer> verb : verbs) {
            verb.get();
        }
        assertThat(verbs.get(0).get()).as("snapshots on the other node").isEqualTo(2 * ROUNDS);
        assertThat(removals).isPositive();
        assertThat(engine.trees()).isEmpty();
        datacenter.assertNoLeftovers();
    }

    /** Returns how many snapshots were made and deleted again; every refusal must say that the node is unknown. */
    private int createAndDelete(VmId vm) {
        int made = 0;
        for (int round = 0; round < ROUNDS; round++) {
            made += attempt(() -> create(vm)) ? 1 : 0;
            attempt(() -> engine.waiting(PATIENCE).deleteAll(vm, ADMIN).await());
        }
        while (!engine.tree(vm).isEmpty()) {
            attempt(() -> engine.waiting(PATIENCE).deleteAll(vm, ADMIN).await());
        }
        return made;
    }

    private static boolean attempt(Runnable verb) {
        try {
            verb.run();
            return true;
        } catch (RefusedException e) {
            assertThat(e.refusals())
                    .extracting(Refusal::code)
                    .isSubsetOf(Code.NODE_UNKNOWN, Code.VM_NOT_FOUND, Code.LIMIT_REACHED);
            return false;
        }
    }

    private Snapshot create(VmId vm) {
        return engine.waiting(PATIENCE)
                .create(vm, SnapshotSpec.unnamed(), ADMIN)
                .await();
    }

    private List<Code> codes(VmId vm) {
        return codesOf(vm, new Intent.Create(SnapshotSpec.unnamed()));
    }

    private List<Code> codesOf(VmId vm, Intent intent) {
        return engine.check(vm, intent, ADMIN).refusals().stream()
                .map(Refusal::code)
                .toList();
    }

    private Hang hangsAtTheCut() {
        return datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
    }

    private static Refusal refusalOf(Runnable verb) {
        RefusedException refused = catchThrowableOfType(RefusedException.class, verb::run);
        assertThat(refused.refusals()).hasSize(1);
        return refused.refusals().get(0);
    }

    private SnapshotEngine engine(UnaryOperator<SnapshotEngine.Builder> more) {
        return more.apply(SnapshotEngine.builder()
                        .node("node-1", datacenter.node("node-1"))
                        .node("node-2", second)
                        .storage(datacenter.inImage())
                        .store(datacenter.store())
                        .clock(datacenter.clock())
                        .nodeDeadline(PATIENCE))
                .build();
    }
}
