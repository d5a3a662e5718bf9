package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Actor;
import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Intent;
import dev.vmsnap.Operation;
import dev.vmsnap.PowerState;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.StillRunningException;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.Faults;
import dev.vmsnap.testkit.Faults.Hang;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.SteppedExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every way in which an operation, or a wait for it, can end besides success and failure. */
final class OperationLifeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
    private final SteppedExecutor executor = new SteppedExecutor();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        scenario.datacenter.faults().clear();
        threads.shutdownNow();
    }

    private Operation<Snapshot> create(Executor on) {
        return engine(on).create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);
    }

    private VmSnapshots engine(Executor on) {
        return scenario.engine(b -> b.executor(on).leaseTime(Duration.ofSeconds(1)));
    }

    private void assertNothingWasDone(Operation<Snapshot> operation) {
        assertThatThrownBy(() -> operation.await(PATIENCE))
                .isInstanceOf(CancelledException.class)
                .hasMessageContaining(operation.id());
        assertThat(scenario.tree().isEmpty()).isTrue();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aTimedWaitThatEndsTellsThatTheOperationGoesOn() {
        Operation<Snapshot> operation = create(executor);

        assertThatThrownBy(() -> operation.await(Duration.ofMillis(1)))
                .isInstanceOfSatisfying(StillRunningException.class, e -> {
                    assertThat(e.operation()).isEqualTo(operation.id());
                    assertThat(e.recovery()).contains("cancel it");
                });

        executor.runAll();
        assertThat(operation.await(Duration.ofSeconds(Long.MAX_VALUE)).status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void anInterruptedWaitKeepsTheInterruptAndLeavesTheOperationAlone() {
        Operation<Snapshot> operation = create(executor);
        Thread.currentThread().interrupt();

        assertThatThrownBy(operation::await).isInstanceOf(StillRunningException.class);
        assertThatThrownBy(() -> operation.await(PATIENCE)).isInstanceOf(StillRunningException.class);

        assertThat(Thread.interrupted()).isTrue();
        executor.runAll();
        assertThat(operation.await().status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void cancellingBeforeTheStartEndsItAtOnceAndItsTaskDoesNothingLater() {
        Operation<Snapshot> operation = create(executor);

        operation.cancel();

        assertNothingWasDone(operation);
        executor.runAll();
        assertNothingWasDone(operation);
        assertThat(scenario.create("next").status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void cancellingBeforeTheStartEndsItAlthoughTheStoreIsAway() {
        Operation<Snapshot> operation = create(executor);
        scenario.datacenter.faults().failOn(Point.STORE_CLOSE).onCall(1).with(Reason.UNREACHABLE);

        operation.cancel();

        assertThatThrownBy(operation::await)
                .isInstanceOfSatisfying(CancelledException.class, e -> assertThat(e.getSuppressed())
                        .hasSize(1));
        assertThat(scenario.create("next").status()).isEqualTo(Snapshot.Status.AVAILABLE);
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void anExecutorThatTerminatedBeforeItBeganEndsIt() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(1);
        CountDownLatch free = new CountDownLatch(1);
        pool.execute(() -> awaitQuietly(free));
        Operation<Snapshot> operation = create(pool);

        List<Runnable> dropped = pool.shutdownNow();

        assertNothingWasDone(operation);
        assertThat(dropped).hasSize(1);
    }

    @Test
    void anExecutorThatDiscardsTheTaskEndsIt() {
        Operation<Snapshot> operation = create(task -> {});

        Thread collector = new Thread(() -> {
            while (!operation.isDone()) {
                System.gc();
                Thread.yield();
            }
        });
        collector.setDaemon(true);
        collector.start();

        assertNothingWasDone(operation);
    }

    @Test
    void anOperationDoesNotWaitForItself() {
        VmSnapshots snapshots = engine(executor);
        Operation<Snapshot> operation = snapshots.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);
        operation.onProgress(progress -> {
            if (progress.fraction() > 0) {
                operation.await();
            }
        });

        executor.runAll();

        assertThat(operation.await(PATIENCE).status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void aListenerThatThrowsAnErrorChangesNothing() {
        VmSnapshots snapshots = scenario.engine(b -> b.executor(executor).events(event -> {
            throw new AssertionError("the host's bug");
        }));
        Operation<Snapshot> operation = snapshots.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);
        operation.onProgress(progress -> {
            throw new NoClassDefFoundError("the host's bug");
        });

        executor.runAll();

        assertThat(operation.await().status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void aListenerThatBlocksKeepsNobodyElseFromTheOperation() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        Operation<Snapshot> operation = create(executor);
        operation.onProgress(progress -> {
            if (progress.fraction() > 0) {
                inside.countDown();
                awaitQuietly(free);
            }
        });
        Future<?> work = threads.submit(executor::runAll);
        assertThat(inside.await(20, TimeUnit.SECONDS)).isTrue();

        Future<?> others = threads.submit(() -> {
            operation.progress();
            operation.onProgress(progress -> {});
            operation.cancel();
        });

        others.get(20, TimeUnit.SECONDS);
        free.countDown();
        work.get(20, TimeUnit.SECONDS);
        assertThat(operation.isDone()).isTrue();
    }

    @Test
    void aListenerThatCallsBackIntoTheEngineIsAnswered() throws Exception {
        VmSnapshots snapshots = engine(executor);
        Operation<Snapshot> operation = snapshots.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);
        Hang hang =
                scenario.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        Future<?> work = threads.submit(executor::runAll);
        assertThat(hang.awaitReached(PATIENCE)).isTrue();

        // The work waits for the other thread to leave the listener, if a lock is held while it is called.
        operation.onProgress(progress -> {
            hang.release();
            if (!operation.isDone()) {
                snapshots.tree(scenario.vm);
                awaitQuietly(work);
            }
        });

        assertThat(operation.await(PATIENCE).status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void eventsAndPlanCarryTheCodesOfTheSteps() {
        List<String> codes = new ArrayList<>();
        List<SnapshotEvent> refusals = new ArrayList<>();
        VmSnapshots snapshots = scenario.engine(b -> b.events(event -> {
            if (event.phase() == SnapshotEvent.Phase.STEP) {
                codes.add(event.data().get("step") + " " + event.data().get("subject"));
            } else if (event.phase() == SnapshotEvent.Phase.REFUSED) {
                refusals.add(event);
            }
        }));
        List<String> planned =
                snapshots.plan(scenario.vm, new Intent.Create(SnapshotSpec.unnamed()), ADMIN).steps().stream()
                        .map(step -> step.code() + " " + step.subject())
                        .toList();

        snapshots.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN).await();
        assertThatThrownBy(() -> snapshots.create(scenario.vm, SnapshotSpec.unnamed(), Actor.user("eve")))
                .isInstanceOf(RefusedException.class);

        assertThat(codes).isEqualTo(planned).contains("CUT_IN_IMAGES ");
        assertThat(refusals).extracting(SnapshotEvent::data).containsExactly(Map.of("refusals", "USERS_NOT_ALLOWED"));
    }

    @Test
    void anExecutorThatPreparesTooIsWhereRefusalsComeFrom() {
        VmSnapshots snapshots = scenario.engine(b -> b.executor(executor).prepareOnExecutor());
        int before = scenario.datacenter.faults().calls().size();

        Operation<Snapshot> refused = snapshots.create(scenario.vm, SnapshotSpec.unnamed(), Actor.user("eve"));

        assertThat(scenario.datacenter
                        .faults()
                        .calls()
                        .subList(before, scenario.datacenter.faults().calls().size()))
                .extracting(Faults.Call::point)
                .containsExactly(Point.STORE_ACQUIRE);
        executor.runAll();
        assertThatThrownBy(refused::await).isInstanceOf(RefusedException.class);

        Operation<Snapshot> cancelled = snapshots.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);
        cancelled.cancel();
        assertNothingWasDone(cancelled);
        executor.forget();

        Operation<Snapshot> made = snapshots.create(scenario.vm, SnapshotSpec.unnamed(), ADMIN);
        executor.runAll();
        assertThat(made.await().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        scenario.datacenter.assertNoLeftovers();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitQuietly(Future<?> work) {
        try {
            work.get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
