package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.Faults;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.SimulatedCrash;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A guest is let go when storage takes too long, and nothing is left of the snapshot. */
final class HoldGuardTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    private final ExecutorService threads = Executors.newSingleThreadExecutor();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void aGuestIsLetGoWhileStorageHangsAndTheSnapshotIsUndone() throws Exception {
        DriverException told = heldTooLong(Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.RUNNING), Point.STORAGE_CUT);

        assertThat(told.recovery()).isNotBlank();
    }

    @Test
    void aCutThatEndsAfterTheGuestWasLetGoIsNotKept() throws Exception {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
        scenario.guest.atomicCut(false);

        DriverException told = heldTooLong(scenario, Point.IMAGES_CUT);

        assertThat(told.reason()).isEqualTo(Reason.TIMEOUT);
    }

    @Test
    void aGuestThatTheNodeHasReleasedMakesNoSnapshot() throws Exception {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
        scenario.guest.atomicCut(false);
        Faults.Hang hang = scenario.datacenter.faults().failOn(Point.IMAGES_CUT).hangUntilReleased();
        Future<Snapshot> create = threads.submit(() -> scenario.create("new"));
        assertThat(hang.awaitReached(Duration.ofSeconds(10))).isTrue();
        scenario.datacenter.node("node-1").release(scenario.vm);

        hang.release();

        Throwable told = catchThrowable(() -> create.get(10, TimeUnit.SECONDS)).getCause();
        assertThat(told).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(Reason.TIMEOUT));
        assertThat(scenario.tree().isEmpty()).isTrue();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aNodeThatCannotReleaseItsGuestsHoldsNone() {
        Scenario scenario = Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.RUNNING);
        scenario.datacenter.faults().failOn(Point.HYPERVISOR_GUARD).with(Reason.TOOL_MISSING);

        Throwable told = catchThrowable(() -> scenario.create("new"));

        assertThat(told).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(Reason.TOOL_MISSING));
        assertThat(scenario.datacenter.faults().calls())
                .extracting(Faults.Call::point)
                .doesNotContain(Point.HYPERVISOR_HOLD);
        assertThat(scenario.tree().isEmpty()).isTrue();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aGuestThatWasPausedByItsAdministratorStaysPaused() {
        Scenario paused = Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.PAUSED);
        paused.snapshots = paused.engine(b -> b.holdDeadline(Duration.ofNanos(1)));

        paused.create("new");

        assertThat(paused.guest.power()).isEqualTo(PowerState.PAUSED);
    }

    @Test
    void theTimeThatRamNeedsComesOnTop() {
        Scenario scenario = Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.RUNNING);
        scenario.guest.memory(100L << 30);
        scenario.snapshots = scenario.engine(b -> b.holdDeadline(Duration.ofSeconds(30)));

        Snapshot made = scenario.snapshots
                .create(scenario.vm, SnapshotSpec.named("new").withRam(), Scenario.ADMIN)
                .await();

        assertThat(made.status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    private DriverException heldTooLong(Scenario scenario, Point hanging) throws Exception {
        scenario.snapshots = scenario.engine(b -> b.holdDeadline(SHORT));
        Faults.Hang hang = scenario.datacenter.faults().failOn(hanging).hangUntilReleased();
        Future<Snapshot> create = threads.submit(() -> scenario.create("new"));
        assertThat(hang.awaitReached(Duration.ofSeconds(10))).isTrue();
        awaitRunning(scenario);
        hang.release();
        Throwable told = catchThrowable(() -> create.get(10, TimeUnit.SECONDS)).getCause();
        assertThat(told).isInstanceOf(DriverException.class);
        assertThat(scenario.tree().isEmpty()).isTrue();
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);
        scenario.datacenter.assertNoLeftovers();
        return (DriverException) told;
    }

    private static void awaitRunning(Scenario scenario) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (scenario.guest.power() != PowerState.RUNNING) {
            assertThat(System.nanoTime()).as("the guest is still held").isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    void aGuestThatItsAdministratorPausesAfterARecoveryStaysPaused() {
        Scenario scenario = Scenario.of(Disks.BOTH, PowerState.RUNNING);
        scenario.datacenter.faults().crashOn(Point.HYPERVISOR_RELEASE).onCall(1);
        assertThatThrownBy(() -> scenario.create("victim")).isInstanceOf(SimulatedCrash.class);
        scenario.datacenter.faults().clear();
        scenario.datacenter.reboot();
        scenario.datacenter.advance(Duration.ofMinutes(5));
        scenario.snapshots = scenario.engine(b -> b);
        scenario.datacenter.beside().away(true);
        assertThat(scenario.snapshots.recover().clean()).isFalse();
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);

        scenario.guest.power(PowerState.PAUSED);
        assertThat(scenario.snapshots.recover().clean()).isFalse();
        scenario.datacenter.beside().away(false);
        assertThat(scenario.snapshots.recover().clean()).isTrue();

        assertThat(scenario.guest.power()).isEqualTo(PowerState.PAUSED);
        scenario.datacenter.assertNoLeftovers();
    }
}
