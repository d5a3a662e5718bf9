package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Intent.Drift;
import dev.vmsnap.Intent.PowerAfter;
import dev.vmsnap.Intent.RestoreOptions;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.core.Scenario.Disks;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests that the node is asked about the configuration with which a restore starts the VM, and only if it starts it. */
final class StartObstaclesTest {
    private static final String OLD_ISO = "/iso/old.iso";

    private static Scenario needing(PowerState power) {
        Scenario scenario = Scenario.of(Disks.FILES, power);
        scenario.guest.configure("needs=" + OLD_ISO);
        return scenario;
    }

    private static void lose(Scenario scenario) {
        scenario.datacenter.node("node-1").without(OLD_ISO);
    }

    private static List<Refusal.Code> refusals(Scenario scenario, Snapshot snapshot, RestoreOptions options) {
        return scenario
                .snapshots
                .check(scenario.vm, new Intent.Restore(snapshot.id(), options), ADMIN)
                .refusals()
                .stream()
                .map(Refusal::code)
                .toList();
    }

    @Test
    void theOldConfigurationIsTheOneThatMatters() {
        Scenario scenario = needing(PowerState.RUNNING);
        Snapshot snapshot = scenario.create("before");
        scenario.guest.configure("needs=/iso/new.iso");
        lose(scenario);

        assertThat(refusals(scenario, snapshot, RestoreOptions.ORDINARY.drift(Drift.RESTORE_CONFIGURATION)))
                .containsExactly(Refusal.Code.NODE_UNSUITABLE);
        assertThat(refusals(scenario, snapshot, RestoreOptions.ORDINARY.drift(Drift.KEEP_CONFIGURATION)))
                .isEmpty();
    }

    @Test
    void ramThatIsNotLoadedNeedsNothingOfTheNode() {
        Scenario scenario = needing(PowerState.RUNNING);
        Snapshot snapshot = scenario.createWithRam("before");
        lose(scenario);

        assertThat(refusals(scenario, snapshot, RestoreOptions.ORDINARY)).containsExactly(Refusal.Code.NODE_UNSUITABLE);
        assertThat(refusals(scenario, snapshot, RestoreOptions.ORDINARY.power(PowerAfter.OFF)))
                .isEmpty();
    }

    @Test
    void aVmThatIsOffAndIsToBeHeldIsStartedToo() {
        Scenario scenario = needing(PowerState.OFF);
        Snapshot snapshot = scenario.create("before");
        lose(scenario);

        assertThat(refusals(scenario, snapshot, RestoreOptions.ORDINARY)).isEmpty();
        assertThat(refusals(scenario, snapshot, RestoreOptions.ORDINARY.power(PowerAfter.PAUSED)))
                .containsExactly(Refusal.Code.NODE_UNSUITABLE);
    }
}
