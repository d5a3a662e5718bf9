package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.Faults.Hang;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.InMemoryStorage;
import dev.vmsnap.testkit.SimulatedCrash;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Storage drivers are added to an engine that runs, and removed from it. */
final class LiveStoragesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int ROUNDS = 100;

    private final Datacenter datacenter = new Datacenter();
    private final InMemoryStorage files = datacenter.inImage();
    private final InMemoryStorage volumes = datacenter.beside();
    private final VmId web = datacenter.node("node-1").withVm("web", "vda").id();
    private final VmId db =
            datacenter.node("node-1").withVm("db").withLogicalVolume("vdb").id();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private SnapshotEngine engine = engine();

    @AfterEach
    void end() {
        datacenter.faults().clear();
        threads.shutdownNow();
    }

    @Test
    void aStorageThatIsAddedIsUsedAtOnce() {
        engine.removeStorage(volumes.id(), Duration.ZERO);
        assertThat(codes(db)).containsExactly(Code.NO_STORAGE_DRIVER);

        engine.addStorage(volumes);

        assertThat(create(db).status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(engine.storages()).containsExactly(files.id(), volumes.id());
    }

    @Test
    void anIdThatIsTakenIsRefused() {
        Refusal refusal = refusalOf(() -> engine.addStorage(files));

        assertThat(refusal.code()).isEqualTo(Code.DRIVER_EXISTS);
        assertThat(refusal.data()).containsEntry("storage", files.id());
    }

    @Test
    void whatLiesOnARemovedStorageIsUnknownAndNotAbsent() {
        Snapshot kept = create(db);
        assertThat(engine.removeStorage(volumes.id(), Duration.ZERO)).isTrue();
        assertThat(engine.removeStorage(volumes.id(), Duration.ZERO)).isFalse();

        assertThat(codesOf(db, new Intent.Restore(kept.id(), Intent.Drift.REFUSE)))
                .contains(Code.NO_STORAGE_DRIVER);
        assertThat(codesOf(db, new Intent.DeleteAll())).containsExactly(Code.NO_STORAGE_DRIVER);
        assertThat(engine.doctor(db)).extracting(Finding::kind).containsExactly(Finding.Kind.STORAGE_AWAY);
        engine.recover(db);
        assertThat(engine.tree(db).snapshots()).containsExactly(kept);
        create(web);

        engine.addStorage(volumes);

        assertThat(engine.doctor(db)).isEmpty();
        engine.restore(db, kept.id(), ADMIN).await();
    }

    @Test
    void aStorageWithDisksOfAVmThatAnOperationWorksOnStays() throws Exception {
        Hang hang = datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        Future<Snapshot> create = threads.submit(() -> create(web));
        assertThat(hang.awaitReached(PATIENCE)).isTrue();

        Refusal refusal = refusalOf(() -> engine.removeStorage(files.id(), Duration.ZERO));

        assertThat(refusal.code()).isEqualTo(Code.DRIVER_IN_USE);
        assertThat(refusal.data())
                .containsEntry("storage", files.id())
                .containsEntry("operations", engine.operations().get(0).id());
        assertThat(engine.removeStorage(volumes.id(), Duration.ZERO)).isTrue();
        hang.release();
        assertThat(create.get().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(engine.removeStorage(files.id(), Duration.ZERO)).isTrue();
    }

    @Test
    void anOperationThatEndsKeepsItsStorageUntilThen() throws Exception {
        Hang hang = datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        Future<Snapshot> create = threads.submit(() -> create(web));
        assertThat(hang.awaitReached(PATIENCE)).isTrue();
        Future<Boolean> removal = threads.submit(() -> engine.removeStorage(files.id(), PATIENCE));
        while (engine.storages().contains(files.id())) {
            Thread.onSpinWait();
        }

        hang.release();

        assertThat(create.get().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(removal.get()).isTrue();
    }

    @Test
    void whatIsOpenOnARemovedStorageStaysOpenUntilTheStorageIsBack() {
        datacenter.faults().crashOn(Point.STORAGE_CUT).at(Moment.AFTER).onCall(1);
        assertThatThrownBy(() -> create(db)).isInstanceOf(SimulatedCrash.class);
        datacenter.reboot();
        datacenter.advance(Duration.ofHours(1));
        engine = engine();
        engine.removeStorage(volumes.id(), Duration.ZERO);

        assertThat(engine.recover().recovered()).extracting(Recovered::outcome).containsExactly(Outcome.STILL_OPEN);

        engine.addStorage(volumes);
        assertThat(engine.recover().recovered()).extracting(Recovered::outcome).containsExactly(Outcome.UNDONE);
        datacenter.assertNoLeftovers();
    }

    @Test
    void theSnapshotsOfAVmThatIsDeletedAreLeftForTheStorageToComeBack() {
        create(db);
        engine.removeStorage(volumes.id(), Duration.ZERO);

        engine.vmDeleted(db, ADMIN).await();
        assertThat(engine.recover().recovered()).extracting(Recovered::outcome).containsExactly(Outcome.STILL_OPEN);

        engine.addStorage(volumes);
        assertThat(engine.recover().recovered()).extracting(Recovered::outcome).containsExactly(Outcome.FINISHED);
        datacenter.assertNoLeftovers();
    }

    @Test
    void storagesComeAndGoWhileVerbsRunOnOtherThreads() throws Exception {
        List<Future<?>> verbs =
                List.of(threads.submit(() -> createAndDelete(web)), threads.submit(() -> createAndDelete(db)));
        int removals = 0;
        while (verbs.stream().anyMatch(verb -> !verb.isDone())) {
            assertThat(engine.removeStorage(volumes.id(), PATIENCE)).isTrue();
            engine.addStorage(volumes);
            removals++;
        }

        for (Future<?> verb : verbs) {
            verb.get();
        }
        assertThat(removals).isPositive();
        assertThat(engine.trees()).isEmpty();
        datacenter.assertNoLeftovers();
    }

    private void createAndDelete(VmId vm) {
        for (int round = 0; round < ROUNDS; round++) {
            attempt(vm, () -> create(vm));
            attempt(vm, () -> engine.deleteAll(vm, ADMIN).await());
        }
        while (!engine.tree(vm).isEmpty()) {
            attempt(vm, () -> engine.deleteAll(vm, ADMIN).await());
        }
    }

    private void attempt(VmId vm, Runnable verb) {
        try {
            verb.run();
        } catch (RefusedException e) {
            assertThat(vm).isEqualTo(db);
            assertThat(e.refusals()).extracting(Refusal::code).isSubsetOf(Code.NO_STORAGE_DRIVER, Code.LIMIT_REACHED);
        }
    }

    private Snapshot create(VmId vm) {
        return engine.create(vm, SnapshotSpec.unnamed(), ADMIN).await();
    }

    private List<Code> codes(VmId vm) {
        return codesOf(vm, new Intent.Create(SnapshotSpec.unnamed()));
    }

    private List<Code> codesOf(VmId vm, Intent intent) {
        return engine.check(vm, intent, ADMIN).refusals().stream()
                .map(Refusal::code)
                .toList();
    }

    private static Refusal refusalOf(Runnable verb) {
        RefusedException refused = catchThrowableOfType(RefusedException.class, verb::run);
        assertThat(refused.refusals()).hasSize(1);
        return refused.refusals().get(0);
    }

    private SnapshotEngine engine() {
        return SnapshotEngine.builder()
                .node("node-1", datacenter.node("node-1"))
                .storage(files)
                .storage(volumes)
                .store(datacenter.store())
                .clock(datacenter.clock())
                .build();
    }
}
