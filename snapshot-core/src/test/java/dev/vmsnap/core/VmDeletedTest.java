package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.core.Scenario.Disks;
import java.time.Duration;
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

        assertThatThrownBy(() -> scenario.snapshots
                        .vmDeleted(scenario.vm, Scenario.ADMIN)
                        .await())
                .isInstanceOfSatisfying(SnapshotException.class, told -> assertThat(told.recovery())
                        .isNotBlank())
                .isNotInstanceOf(RefusedException.class);
        assertThat(scenario.snapshots.trees()).isNotEmpty();
        scenario.datacenter.advance(Duration.ofMinutes(5));
        RecoveryReport still = scenario.snapshots.recover();
        assertThat(still.clean()).isFalse();

        scenario.datacenter.beside().away(false);
        assertThat(scenario.snapshots.recover().clean()).isTrue();

        assertThat(scenario.snapshots.trees()).isEmpty();
        assertThat(scenario.partsLeft()).isEmpty();
    }
}
