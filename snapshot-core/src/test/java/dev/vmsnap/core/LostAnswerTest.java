package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.testkit.Faults.Call;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A call is not answered in time, whether or not it is done: the next verb settles what it has left. */
final class LostAnswerTest {

    static Stream<Trial> trials() {
        return Trial.all();
    }

    @ParameterizedTest
    @MethodSource("trials")
    void theNextVerbSettlesWhatWasNotAnswered(Trial trial) {
        Scenario clean = trial.prepared();
        trial.verb().accept(clean);
        Map<Point, Integer> seen = new EnumMap<>(Point.class);
        for (Call call : clean.datacenter.faults().calls()) {
            int nth = seen.merge(call.point(), 1, Integer::sum);
            for (Moment moment : List.of(Moment.BEFORE, Moment.AFTER)) {
                loseAnswer(trial, call.point(), nth, moment);
            }
        }
    }

    private static void loseAnswer(Trial trial, Point point, int nth, Moment moment) {
        String where = trial + ", " + point + " number " + nth + " " + moment;
        Scenario scenario = trial.prepared();
        VmConfiguration before = scenario.configuration();
        scenario.datacenter.faults().failOn(point).onCall(nth).at(moment).with(Reason.TIMEOUT);
        try {
            trial.verb().accept(scenario);
        } catch (SnapshotException told) {
            assertThat(told.recovery()).as(where).isNotBlank();
        }
        scenario.datacenter.faults().clear();
        scenario.datacenter.advance(Duration.ofMinutes(5));

        try {
            if (trial.name().contains("space")) {
                scenario.datacenter.inImage().leaveFree(1L << 30);
            }
            Snapshot next = scenario.create("after");
            scenario.tidy();
            scenario.restore(next.id());
            scenario.deleteAll();
        } catch (SnapshotException e) {
            throw new AssertionError(where + ": " + e.getMessage(), e);
        }
        if (trial.keepsConfiguration()) {
            assertThat(scenario.differences(before)).as(where).isEmpty();
        }
        assertThat(scenario.guest.isFrozen()).as(where).isFalse();
        // Parts on storage that did not answer are remembered, and deleted by it.
        assertThat(scenario.snapshots.recover().clean()).as(where).isTrue();
        assertThat(scenario.datacenter.leftovers()).as(where).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"FILES, RAM_RESTORE", "LOGICAL_VOLUMES, RAM_BESIDE_RESTORE", "BOTH, RAM_BESIDE_RESTORE"})
    void aVmWhoseRamCameBackUnseenKeepsItsConfigurationAndCanGoBackAgain(Disks disks, Point point) {
        Scenario scenario = Scenario.of(disks, PowerState.RUNNING).stamped("then");
        Snapshot then = scenario.createWithRam("then");
        VmConfiguration before = scenario.configuration();
        scenario.datacenter.faults().failOn(point).at(Moment.AFTER).with(Reason.TIMEOUT);
        assertThat(catchThrowable(() -> scenario.restore(then.id()))).isInstanceOf(RepairNeededException.class);
        scenario.datacenter.faults().clear();
        // As libvirt's revert leaves it.
        scenario.guest.configure("processor=expanded");

        scenario.create("next");

        assertThat(scenario.differences(before)).isEmpty();
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);
        assertThat(scenario.guest.ram()).isEqualTo("then");
        scenario.restore(then.id());
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aVmOnWhichTheHypervisorStillWorksIsSettledLater() {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
        Snapshot then = scenario.createWithRam("then");
        scenario.datacenter.faults().failOn(Point.RAM_RESTORE).at(Moment.AFTER).with(Reason.TIMEOUT);
        assertThat(catchThrowable(() -> scenario.restore(then.id()))).isInstanceOf(RepairNeededException.class);
        scenario.datacenter.faults().clear();
        scenario.guest.job("restore");

        assertThat(scenario.snapshots.recover().clean()).isFalse();

        scenario.guest.job("");
        assertThat(scenario.snapshots.recover().clean()).isTrue();
        assertThat(scenario.tree().find(then.id()).orElseThrow().status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }
}
