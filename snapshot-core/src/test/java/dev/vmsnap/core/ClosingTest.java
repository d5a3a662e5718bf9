package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Operation;
import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.Faults.Hang;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.SteppedExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An engine that is closed while operations wait or run, and the engine that comes after it in the same process. */
final class ClosingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(200);

    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        scenario.datacenter.faults().clear();
        threads.shutdownNow();
    }

    private Snapshot createdByTheNextEngine() {
        return scenario.engine(b -> b)
                .create(scenario.vm, SnapshotSpec.named("next"), ADMIN)
                .await();
    }

    @Test
    void whatHasNotBegunIsCancelledAndTheNextEngineGoesOnAtOnce() {
        SteppedExecutor executor = new SteppedExecutor();
        VmSnapshots closing = scenario.engine(b -> b.executor(executor));
        Operation<Snapshot> operation = closing.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);

        closing.close();

        assertThatThrownBy(operation::await).isInstanceOf(CancelledException.class);
        assertThat(createdByTheNextEngine().parent()).isEmpty();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void whatRunsIsUndoneBeforeTheDriversAreClosed() throws Exception {
        VmSnapshots closing = scenario.engine(b -> b.executor(threads));
        Hang hang =
                scenario.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        Operation<Snapshot> operation = closing.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);
        assertThat(hang.awaitReached(PATIENCE)).isTrue();

        Future<?> close = threads.submit(() -> closing.close());
        while (!refusesVerbs(closing)) {
            Thread.onSpinWait();
        }
        hang.release();
        close.get(20, TimeUnit.SECONDS);

        assertThat(operation.isDone()).isTrue();
        assertThatThrownBy(operation::await).isInstanceOf(CancelledException.class);
        assertThat(createdByTheNextEngine().parent()).isEmpty();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aDrainLetsWhatRunsEnd() throws Exception {
        VmSnapshots closing = scenario.engine(b -> b.executor(threads));
        Hang hang =
                scenario.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        Operation<Snapshot> operation = closing.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);
        assertThat(hang.awaitReached(PATIENCE)).isTrue();

        Future<?> close = threads.submit(() -> closing.close(PATIENCE));
        while (!refusesVerbs(closing)) {
            Thread.onSpinWait();
        }
        hang.release();
        close.get(20, TimeUnit.SECONDS);

        assertThat(operation.await().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aCallThatDoesNotReturnEndsInRepairAndTheNextEngineRecoversItAtOnce() throws Exception {
        VmSnapshots closing = scenario.engine(b -> b.executor(threads).holdDeadline(SHORT));
        Hang hang =
                scenario.datacenter.faults().failOn(Point.STORE_MARK).onCall(5).hangUntilReleased();
        Operation<Snapshot> operation = closing.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);
        assertThat(hang.awaitReached(PATIENCE)).isTrue();

        closing.close();

        assertThatThrownBy(() -> operation.await(PATIENCE))
                .isInstanceOfSatisfying(RepairNeededException.class, e -> assertThat(e.leftovers())
                        .hasSize(1));
        VmSnapshots next = scenario.engine(b -> b);
        assertThat(next.recover().recovered()).extracting(Recovered::outcome).containsExactly(Outcome.UNDONE);
        Snapshot made = createdByTheNextEngine();

        hang.release();
        threads.shutdown();
        assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        assertThat(next.tree(scenario.vm).snapshots()).extracting(Snapshot::id).containsExactly(made.id());
        assertThat(scenario.guest.disk("vda").snapshots()).hasSize(1);
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aLeaseThatCannotBeGivenBackPassesToTheNextEngineAtOnce() {
        SteppedExecutor executor = new SteppedExecutor();
        VmSnapshots closing = scenario.engine(b -> b.executor(executor).holdDeadline(SHORT));
        closing.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);
        scenario.datacenter.faults().failOn(Point.STORE_CLOSE).onCall(1).with(Reason.UNREACHABLE);
        scenario.datacenter.faults().failOn(Point.STORE_RELEASE).onCall(1).with(Reason.UNREACHABLE);

        closing.close();

        assertThat(createdByTheNextEngine().parent()).isEmpty();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aListenerThatClosesTheEngineDoesNotWaitForItsOwnOperation() {
        List<VmSnapshots> closing = new ArrayList<>();
        SteppedExecutor executor = new SteppedExecutor();
        closing.add(scenario.engine(b -> b.executor(executor).events(e -> {
            if (e.detail().startsWith("snapshot the disks")) {
                closing.get(0).close();
            }
        })));
        Operation<Snapshot> operation = closing.get(0).create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);

        executor.runAll();

        assertThatThrownBy(() -> operation.await(PATIENCE)).isInstanceOf(RepairNeededException.class);
        assertThat(createdByTheNextEngine().parent()).isEmpty();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void verbsAfterCloseAreRefusedAndClosingTwiceIsHarmless() {
        VmSnapshots closed = scenario.engine(b -> b);
        closed.close();
        closed.close();

        List<Runnable> verbs = List.of(
                () -> closed.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN),
                () -> closed.deleteExpired(ADMIN),
                () -> closed.tree(scenario.vm),
                closed::trees,
                closed::vms,
                () -> closed.usage(scenario.vm),
                () -> closed.choice(scenario.vm),
                closed::templates,
                closed::recover,
                () -> closed.recover(scenario.vm),
                closed::doctor,
                () -> closed.doctor(scenario.vm));
        assertThat(verbs).allSatisfy(verb -> assertThatThrownBy(verb::run)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The engine is closed."));
    }

    @Test
    void aVerbThatWaitsForABusyVmEndsWhenTheEngineIsClosed() throws Exception {
        SteppedExecutor executor = new SteppedExecutor();
        scenario.engine(b -> b.executor(executor)).create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);
        VmSnapshots closing = scenario.engine(b -> b.waitWhenBusy(Duration.ofMinutes(5)));
        Future<?> waiting = threads.submit(() -> closing.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN));

        closing.close();

        assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(IllegalStateException.class);
        executor.runAll();
    }

    private boolean refusesVerbs(VmSnapshots closing) {
        try {
            closing.tree(scenario.vm);
            return false;
        } catch (IllegalStateException closed) {
            return true;
        }
    }
}
