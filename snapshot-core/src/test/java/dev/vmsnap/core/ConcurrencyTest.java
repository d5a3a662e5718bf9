package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.BusyException;
import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.Operation;
import dev.vmsnap.Operation.Progress;
import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verb;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.Faults.Hang;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.SteppedExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several threads, several engines, cancellation and executors. */
final class ConcurrencyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        scenario.datacenter.faults().clear();
        threads.shutdownNow();
    }

    @Test
    void fiftyThreadsMakeExactlyAsManySnapshotsAsTheLimitAllows() throws Exception {
        scenario.snapshots.configure(scenario.vm, SettingsChoice.open().limit(3), ADMIN);
        List<Callable<String>> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            calls.add(() -> {
                while (true) {
                    try {
                        scenario.create("mine");
                        return "made";
                    } catch (BusyException e) {
                        assertThat(e.verb()).isEqualTo(Verb.CREATE);
                    } catch (RefusedException e) {
                        return e.refusals().get(0).code().name();
                    }
                }
            });
        }

        List<String> outcomes = new ArrayList<>();
        for (Future<String> call : threads.invokeAll(calls)) {
            outcomes.add(call.get());
        }

        assertThat(outcomes).containsOnly("made", "LIMIT_REACHED");
        assertThat(outcomes).filteredOn("made"::equals).hasSize(3);
        assertThat(scenario.tree().size()).isEqualTo(3);
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aSecondVerbIsToldWhichOperationIsBusyAndSinceWhen() throws Exception {
        Hang hang =
                scenario.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        Future<Snapshot> first = threads.submit(() -> scenario.create("first"));
        assertThat(hang.awaitReached(PATIENCE)).isTrue();

        assertThatThrownBy(() -> scenario.create("second")).isInstanceOfSatisfying(BusyException.class, e -> {
            assertThat(e.verb()).isEqualTo(Verb.CREATE);
            assertThat(e.operation()).isNotBlank();
            assertThat(e.since()).isNotNull();
        });
        assertThat(scenario.snapshots.recover().recovered())
                .extracting(Recovered::outcome)
                .containsExactly(Outcome.IN_PROGRESS);

        hang.release();
        assertThat(first.get().status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void aSecondVerbWaitsWhenAsked() throws Exception {
        VmSnapshots patient = scenario.engine(b -> b.waitWhenBusy(PATIENCE));
        Hang hang =
                scenario.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        Future<Snapshot> first = threads.submit(() -> scenario.create("first"));
        assertThat(hang.awaitReached(PATIENCE)).isTrue();

        Future<Snapshot> second = threads.submit(() ->
                patient.create(scenario.vm, SnapshotSpec.named("second"), ADMIN).await());
        hang.release();

        assertThat(second.get().parent()).contains(first.get().id());
    }

    @Test
    void anEngineThatLostItsLeaseTouchesNothingMore() throws Exception {
        Hang hang =
                scenario.datacenter.faults().failOn(Point.STORE_MARK).onCall(5).hangUntilReleased();
        Future<Snapshot> sleeper = threads.submit(() -> scenario.create("sleeps through its lease"));
        assertThat(hang.awaitReached(PATIENCE)).isTrue();
        scenario.datacenter.advance(Duration.ofMinutes(10));
        VmSnapshots other = scenario.engine(b -> b);
        Snapshot theirs =
                other.create(scenario.vm, SnapshotSpec.named("theirs"), ADMIN).await();

        hang.release();

        assertThatThrownBy(sleeper::get)
                .hasCauseInstanceOf(DriverException.class)
                .cause()
                .satisfies(
                        e -> assertThat(((DriverException) e).reason()).isEqualTo(DriverException.Reason.LEASE_LOST));
        assertThat(other.tree(scenario.vm).snapshots()).extracting(Snapshot::id).containsExactly(theirs.id());
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void cancellingBeforeThePointOfNoReturnUndoesEverything() {
        SteppedExecutor executor = new SteppedExecutor();
        VmSnapshots snapshots = scenario.engine(b -> b.executor(executor));
        Operation<Snapshot> operation = snapshots.create(scenario.vm, SnapshotSpec.named("cancelled"), ADMIN);
        assertThat(operation.isDone()).isFalse();

        operation.cancel();
        executor.runAll();

        assertThatThrownBy(operation::await).isInstanceOf(CancelledException.class);
        assertThat(snapshots.tree(scenario.vm).isEmpty()).isTrue();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void cancellingARunningCreateUndoesTheCut() {
        List<Operation<Snapshot>> operations = new ArrayList<>();
        SteppedExecutor executor = new SteppedExecutor();
        VmSnapshots snapshots = scenario.engine(b -> b.executor(executor).events(e -> {
            if (e.detail().startsWith("snapshot the disks")) {
                operations.get(0).cancel();
            }
        }));
        operations.add(snapshots.create(scenario.vm, SnapshotSpec.named("cancelled"), ADMIN));

        executor.runAll();

        assertThatThrownBy(operations.get(0)::await).isInstanceOf(CancelledException.class);
        assertThat(scenario.guest.disk("vda").snapshots()).isEmpty();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void progressNeverFallsEndsAtOneAndLateListenersHearTheLatest() {
        SteppedExecutor executor = new SteppedExecutor();
        VmSnapshots snapshots = scenario.engine(b -> b.executor(executor));
        Operation<Snapshot> operation =
                snapshots.create(scenario.vm, SnapshotSpec.named("x").withRam(), ADMIN);
        List<Double> heard = new ArrayList<>();
        operation.onProgress(p -> heard.add(p.fraction()));
        executor.runAll();
        List<Progress> late = new ArrayList<>();
        operation.onProgress(late::add);

        assertThat(heard).isSorted().endsWith(1.0).hasSizeGreaterThan(5);
        assertThat(late).containsExactly(new Progress("DONE", "", "done", 1));
        assertThat(operation.toCompletionStage().toCompletableFuture()).isCompletedWithValue(operation.await());
    }

    @Test
    void anExecutorThatIsFullLeavesNothingBehind() {
        VmSnapshots snapshots = scenario.engine(b -> b.executor(task -> {
            throw new RejectedExecutionException("full");
        }));

        assertThatThrownBy(() -> snapshots.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("executor");

        assertThat(snapshots.tree(scenario.vm).isEmpty()).isTrue();
        scenario.datacenter.assertNoLeftovers();
    }
}
