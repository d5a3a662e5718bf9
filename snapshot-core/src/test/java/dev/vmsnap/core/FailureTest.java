package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.testkit.Faults.Call;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every single call to a driver or the store fails once; the guest is let go at once and everything has an exit. */
final class FailureTest {

    static Stream<Trial> trials() {
        return Trial.all();
    }

    @ParameterizedTest
    @MethodSource("trials")
    void whateverFailsTheGuestIsLetGoAndNothingIsLost(Trial trial) {
        Scenario clean = trial.prepared();
        trial.verb().accept(clean);
        Map<Point, Integer> seen = new EnumMap<>(Point.class);
        for (Call call : clean.datacenter.faults().calls()) {
            int nth = seen.merge(call.point(), 1, Integer::sum);
            for (Moment moment : Moment.values()) {
                for (Reason reason : List.of(Reason.BROKEN, Reason.NO_SPACE, Reason.UNREACHABLE)) {
                    fail(trial, call.point(), nth, moment, reason);
                }
            }
        }
    }

    private static void fail(Trial trial, Point point, int nth, Moment moment, Reason reason) {
        String where = trial + ", " + point + " number " + nth + " " + moment + " " + reason;
        Scenario scenario = trial.prepared();
        List<SnapshotId> old = ids(scenario);
        List<Long> sizes = scenario.diskSizes();
        VmConfiguration before = scenario.configuration();
        scenario.datacenter.faults().failOn(point).onCall(nth).at(moment).with(reason);
        boolean failed = false;
        try {
            trial.verb().accept(scenario);
        } catch (SnapshotException told) {
            failed = true;
            assertThat(told.recovery()).as(where).isNotBlank();
        }
        scenario.datacenter.faults().clear();

        assertThat(scenario.guest.isFrozen()).as(where).isFalse();
        if (point != Point.RAM_RESTORE && !trial.name().startsWith("restore")) {
            assertThat(scenario.guest.power()).as(where).isEqualTo(trial.power());
        }
        // Copies that are the host's already cannot be undone: what they were made from goes when that is gone on with.
        if (failed && !trial.name().startsWith("clone")) {
            assertThat(scenario.tree().snapshots())
                    .as(where)
                    .filteredOn(s -> s.status() == Snapshot.Status.CREATING)
                    .isEmpty();
        }

        scenario.datacenter.advance(Duration.ofMinutes(5));
        RecoveryReport report = scenario.snapshots.recover();

        assertThat(report.clean()).as(where + " " + report).isTrue();
        assertThat(scenario.guest.power()).as(where + " " + report).isIn(trial.power(), trial.after());
        assertThat(scenario.tree().snapshots()).as(where + " " + report).allSatisfy(s -> assertThat(s.status())
                .isIn(Snapshot.Status.AVAILABLE, Snapshot.Status.UNAVAILABLE));
        if (failed && trial.name().startsWith("create")) {
            assertThat(ids(scenario)).as(where).containsAll(old);
        }
        assertThat(scenario.diskSizes()).as(where + " " + report).isEqualTo(sizes);
        if (trial.keepsConfiguration()) {
            assertThat(scenario.differences(before)).as(where + " " + report).isEmpty();
        }
        assertThat(scenario.partsLeft()).as(where + " " + report).isEmpty();
        if (trial.name().startsWith("clone")) {
            assertThat(ids(scenario)).as(where + " " + report).isEqualTo(old);
        }
        scenario.tidy();
        scenario.deleteAll();
        assertThat(scenario.datacenter.leftovers()).as(where).isEmpty();
    }

    private static List<SnapshotId> ids(Scenario scenario) {
        return scenario.tree().snapshots().stream().map(Snapshot::id).toList();
    }
}
