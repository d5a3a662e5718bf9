package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Actor;
import dev.vmsnap.BusyException;
import dev.vmsnap.CancelledException;
import dev.vmsnap.Operation;
import dev.vmsnap.PowerState;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one engine sees of the operations of another one, and what it can do about them. */
final class ActivityTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Actor USER = Actor.user("ursula");

    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
    private final SteppedExecutor executor = new SteppedExecutor();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final VmSnapshots theirs = scenario.engine(b -> b.executor(executor).leaseTime(Duration.ofSeconds(1)));
    private final VmSnapshots ours = scenario.engine(b -> b);

    @AfterEach
    void end() {
        scenario.datacenter.faults().clear();
        threads.shutdownNow();
    }

    private long readRequests() {
        return scenario.datacenter.faults().calls().stream()
                .filter(call -> call.point() == Point.STORE_CANCEL_REQUESTS)
                .count();
    }

    private Operation<Snapshot> theirCreate(Actor actor) {
        return theirs.create(scenario.vm, SnapshotSpec.named("theirs"), actor);
    }

    @Test
    void anOperationOfAnotherProcessIsListedWithItsStepAndItsAsker() throws Exception {
        Operation<Snapshot> operation = theirCreate(ADMIN);
        assertThat(ours.operations()).singleElement().satisfies(seen -> {
            assertThat(seen.progress().code()).isEqualTo("WAITING");
            assertThat(seen.alive()).isTrue();
        });
        Hang hang =
                scenario.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        Future<?> work = threads.submit(executor::runAll);
        assertThat(hang.awaitReached(PATIENCE)).isTrue();

        assertThat(ours.operation(operation.id())).hasValueSatisfying(seen -> {
            assertThat(seen.id()).isEqualTo(operation.id());
            assertThat(seen.vm()).isEqualTo(scenario.vm);
            assertThat(seen.verb()).isEqualTo(Verb.CREATE);
            assertThat(seen.actor()).contains(ADMIN);
            assertThat(seen.progress().code()).isEqualTo("CUT_IN_IMAGES");
            assertThat(seen.progress().step()).isEqualTo("snapshot the disks");
            assertThat(seen.progress().fraction()).isStrictlyBetween(0.0, 1.0);
            assertThat(seen.cancelRequested()).isFalse();
        });
        assertThat(theirs.operation(operation.id()).orElseThrow().progress()).isEqualTo(operation.progress());

        hang.release();
        work.get(20, TimeUnit.SECONDS);
        assertThat(ours.operations()).isEmpty();
    }

    @Test
    void anOperationWhoseProcessGivesNoSignOfLifeIsListedAsSuch() {
        Operation<Snapshot> operation = theirCreate(ADMIN);
        executor.forget();
        scenario.datacenter.advance(Duration.ofMinutes(10));

        assertThat(ours.operation(operation.id()))
                .hasValueSatisfying(seen -> assertThat(seen.alive()).isFalse());
        assertThat(ours.cancel(operation.id(), ADMIN)).isFalse();
    }

    @Test
    void anotherProcessCancelsWhatHasNotBegun() {
        Operation<Snapshot> operation = theirCreate(ADMIN);

        assertThat(ours.cancel(operation.id(), ADMIN)).isTrue();

        assertThat(ours.operation(operation.id()).filter(seen -> !seen.cancelRequested()))
                .isEmpty();
        assertThatThrownBy(() -> operation.await(PATIENCE)).isInstanceOf(CancelledException.class);
        assertThat(ours.operations()).isEmpty();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void anotherProcessCancelsWhatRuns() throws Exception {
        Operation<Snapshot> operation = theirCreate(ADMIN);
        Hang hang =
                scenario.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        Future<?> work = threads.submit(executor::runAll);
        assertThat(hang.awaitReached(PATIENCE)).isTrue();

        assertThat(ours.cancel(operation.id(), ADMIN)).isTrue();
        // The first read after the request may have begun before it.
        long seen = readRequests() + 2;
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (readRequests() < seen && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        hang.release();

        assertThatThrownBy(() -> operation.await(PATIENCE)).isInstanceOf(CancelledException.class);
        work.get(20, TimeUnit.SECONDS);
        assertThat(scenario.tree().isEmpty()).isTrue();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aUserCancelsOnlyWhatTheyAskedFor() {
        ours.configure(scenario.vm, SettingsChoice.open().allowUsers(true), ADMIN);
        Operation<Snapshot> administrators = theirCreate(ADMIN);
        assertThatThrownBy(() -> ours.cancel(administrators.id(), USER)).isInstanceOf(RefusedException.class);
        executor.runAll();
        assertThat(administrators.await().status()).isEqualTo(Snapshot.Status.AVAILABLE);

        Operation<Snapshot> users = theirCreate(USER);

        assertThat(ours.cancel(users.id(), USER)).isTrue();
        assertThatThrownBy(() -> users.await(PATIENCE)).isInstanceOf(CancelledException.class);
    }

    @Test
    void whatHasEndedCannotBeCancelled() {
        Operation<Snapshot> operation = theirCreate(ADMIN);
        executor.runAll();

        assertThat(ours.cancel(operation.id(), ADMIN)).isFalse();
        assertThat(ours.cancel("no-such-operation", ADMIN)).isFalse();
    }

    @Test
    void aViewThatWaitsWaitsAndTheEngineItCameFromDoesNot() throws Exception {
        theirCreate(ADMIN);
        VmSnapshots patient = ours.waiting(PATIENCE);
        Future<Snapshot> second = threads.submit(() ->
                patient.create(scenario.vm, SnapshotSpec.named("second"), ADMIN).await());
        assertThatThrownBy(() -> ours.create(scenario.vm, SnapshotSpec.named("third"), ADMIN))
                .isInstanceOf(BusyException.class);
        assertThatThrownBy(
                        () -> patient.waiting(Duration.ZERO).create(scenario.vm, SnapshotSpec.named("fourth"), ADMIN))
                .isInstanceOf(BusyException.class);

        executor.runAll();

        assertThat(second.get(20, TimeUnit.SECONDS).parent()).isPresent();
        patient.close();
        assertThatThrownBy(() -> ours.tree(scenario.vm)).isInstanceOf(IllegalStateException.class);
    }
}
