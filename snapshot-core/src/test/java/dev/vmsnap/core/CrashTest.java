package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.SimulatedCrash;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The process dies in every single call to a driver or the store; the next start finds a state with an exit. */
final class CrashTest {

    static Stream<Trial> trials() {
        return Trial.all();
    }

    @ParameterizedTest
    @MethodSource("trials")
    void whereverTheProcessDiesTheNextOneLeavesNothingBehind(Trial trial) {
        int calls = callsOf(trial);
        assertThat(calls).isGreaterThan(5);
        for (int call = 1; call <= calls; call++) {
            for (Moment moment : Moment.values()) {
                crashAndRecover(trial, call, moment);
            }
        }
    }

    private static int callsOf(Trial trial) {
        Scenario scenario = trial.prepared();
        trial.verb().accept(scenario);
        return scenario.datacenter.faults().calls().size();
    }

    private static void crashAndRecover(Trial trial, int call, Moment moment) {
        String where = trial + ", call " + call + ", " + moment;
        Scenario scenario = trial.prepared();
        List<SnapshotId> old = ids(scenario.tree());
        List<Long> sizes = scenario.diskSizes();
        VmConfiguration before = scenario.configuration();
        SnapshotTree done = expected(trial);
        scenario.datacenter.faults().forgetCalls();
        scenario.datacenter.faults().crashOnCall(call, moment);
        try {
            trial.verb().accept(scenario);
            // A call of the tree above counts too, so that the last crashes may come to late.
        } catch (SimulatedCrash died) {
            assertThat(scenario.datacenter.faults().crashed()).as(where).isTrue();
        }
        scenario.datacenter.faults().clear();
        scenario.datacenter.reboot();
        scenario.datacenter.advance(Duration.ofMinutes(5));
        scenario.snapshots = scenario.engine(b -> b);

        RecoveryReport report = scenario.snapshots.recover();

        assertThat(report.clean()).as(where + ": " + report).isTrue();
        assertThat(scenario.guest.isFrozen()).as(where).isFalse();
        assertThat(scenario.guest.power()).as(where + ": " + report).isIn(trial.power(), trial.after());
        assertThat(List.of(old, ids(done))).as(where + ": " + report).contains(ids(scenario.tree()));
        Set<Snapshot.Status> exits = trial.name().contains("space")
                ? Set.of(Snapshot.Status.AVAILABLE, Snapshot.Status.UNAVAILABLE)
                : Set.of(Snapshot.Status.AVAILABLE);
        assertThat(scenario.tree().snapshots())
                .as(where)
                .extracting(Snapshot::status)
                .isSubsetOf(exits);
        assertThat(scenario.diskSizes()).as(where).isEqualTo(sizes);
        if (trial.keepsConfiguration()) {
            assertThat(scenario.differences(before)).as(where).isEmpty();
        }
        assertThat(scenario.partsLeft()).as(where).isEmpty();
        lifeGoesOn(scenario, where);
    }

    private static void lifeGoesOn(Scenario scenario, String where) {
        try {
            scenario.tidy();
            Snapshot next = scenario.create("after");
            scenario.restore(next.id());
            scenario.deleteAll();
        } catch (SnapshotException e) {
            throw new AssertionError(where + ": " + e.getMessage(), e);
        }
        assertThat(scenario.datacenter.leftovers()).as(where).isEmpty();
        assertThat(scenario.guest.power()).as(where).isIn(PowerState.RUNNING, PowerState.OFF, PowerState.PAUSED);
    }

    private static SnapshotTree expected(Trial trial) {
        Scenario scenario = trial.prepared();
        trial.verb().accept(scenario);
        return scenario.tree();
    }

    private static List<SnapshotId> ids(SnapshotTree tree) {
        return tree.snapshots().stream().map(Snapshot::id).toList();
    }
}
