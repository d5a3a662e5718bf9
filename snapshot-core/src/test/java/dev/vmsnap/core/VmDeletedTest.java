package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.Finding;
import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.Faults.Point;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The host has deleted a VM while one of its storages is away: nothing is forgotten before it is gone from there too. */
final class VmDeletedTest {
    private final Scenario scenario = Scenario.of(Disks.BOTH, PowerState.OFF);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsOnAStorageThatIsAwayGoesWhenItIsBack(boolean defined) {
        scenario.create("first");
        scenario.create("second");
        if (!defined) {
            scenario.datacenter.node("node-1").remove("web-1");
        }
        scenario.datacenter.beside().away(true);

        scenario.snapshots.vmDeleted(scenario.vm, Scenario.ADMIN).await();

        assertThat(scenario.snapshots.trees()).isEmpty();
        assertThat(scenario.snapshots.doctor(scenario.vm))
                .extracting(Finding::kind)
                .contains(Finding.Kind.LEFT_BEHIND);
        RecoveryReport still = scenario.snapshots.recover();
        assertThat(still.clean()).isFalse();

        scenario.datacenter.beside().away(false);
        assertThat(scenario.snapshots.recover().clean()).isTrue();

        assertThat(scenario.partsLeft()).isEmpty();
        assertThat(scenario.datacenter.store().find(scenario.vm)).isEmpty();
    }

    @Test
    void whatNeedsAToolThatTheNodeLacksStaysOpenUntilTheNodeHasIt() {
        Snapshot first = scenario.create("first");
        scenario.datacenter.faults().failOn(Point.STORAGE_DELETE).with(DriverException.Reason.TOOL_MISSING);

        assertThatThrownBy(
                        () -> scenario.snapshots.vmDeleted(scenario.vm, ADMIN).await())
                .isInstanceOf(RepairNeededException.class);
        assertThatThrownBy(() -> scenario.restore(first.id())).isInstanceOf(RepairNeededException.class);

        assertThat(scenario.snapshots.recover().recovered())
                .extracting(Recovered::outcome)
                .containsOnly(RecoveryReport.Outcome.STILL_OPEN);

        scenario.datacenter.faults().clear();
        assertThat(scenario.snapshots.recover().clean()).isTrue();
        assertThat(scenario.partsLeft()).isEmpty();
    }
}
