package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.Faults.Point;
import org.junit.jupiter.api.Test;

/** A restore that cannot be brought to its end costs the snapshot only if the snapshot is at fault. */
final class AbandonedRestoreTest {
    private final Scenario scenario = Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.RUNNING);
    private final Snapshot snapshot = scenario.snapshots
            .create(scenario.vm, SnapshotSpec.named("with RAM").withRam(), ADMIN)
            .await();

    @Test
    void recoveryBringsTheVmUpAsSoonAsTheCauseIsMended() {
        scenario.datacenter.faults().failOn(Point.RAM_BESIDE_RESTORE).with(Reason.BROKEN);
        assertThatThrownBy(() -> scenario.restore(snapshot.id())).isInstanceOf(RepairNeededException.class);

        assertThat(scenario.snapshots.recover().recovered()).singleElement().satisfies(still -> {
            assertThat(still.outcome()).isEqualTo(Outcome.STILL_OPEN);
            assertThat(still.detail()).contains("the VM is off and its disks are as the snapshot has them");
        });
        scenario.datacenter.faults().clear();
        assertThat(scenario.snapshots.recover().recovered())
                .extracting(Recovered::outcome)
                .containsExactly(Outcome.FINISHED);

        assertThat(scenario.tree().find(snapshot.id()).orElseThrow().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);
    }

    @Test
    void recoveryClaimsNothingAboutAVmWhoseNodeIsSilent() {
        scenario.datacenter.faults().failOn(Point.RAM_BESIDE_RESTORE).with(Reason.BROKEN);
        assertThatThrownBy(() -> scenario.restore(snapshot.id())).isInstanceOf(RepairNeededException.class);
        scenario.datacenter.faults().failOn(Point.HYPERVISOR_FIND).with(Reason.UNREACHABLE);

        assertThat(scenario.snapshots.recover().recovered())
                .extracting(Recovered::detail)
                .anyMatch(detail -> detail.contains("it is not known whether the VM is off"))
                .noneMatch(detail -> detail.contains("the VM is off and"));
    }

    @Test
    void aRestoreThatCannotGoOnStandsInNoOtherVerbsWay() {
        scenario.datacenter.faults().failOn(Point.RAM_BESIDE_RESTORE).with(Reason.BROKEN);
        assertThatThrownBy(() -> scenario.restore(snapshot.id())).isInstanceOf(RepairNeededException.class);

        scenario.create("next");

        assertThat(scenario.tree().find(snapshot.id()).orElseThrow().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(scenario.tree().size()).isEqualTo(2);
    }

    @Test
    void aSnapshotWhosePartVanishedMeanwhileBecomesUnavailable() {
        scenario.datacenter.faults().failOn(Point.RAM_BESIDE_RESTORE).with(Reason.BROKEN);
        assertThatThrownBy(() -> scenario.restore(snapshot.id())).isInstanceOf(RepairNeededException.class);
        scenario.guest.disk("vdc").removeBehindOurBack(snapshot.id());

        assertThat(scenario.snapshots.recover().recovered())
                .extracting(Recovered::outcome)
                .containsExactly(Outcome.UNAVAILABLE);

        assertThat(scenario.tree().find(snapshot.id()).orElseThrow().reason()).contains(Snapshot.Reason.MISSING);
    }

    @Test
    void whatCannotBeLookedAtIsLeftForLater() {
        scenario.datacenter.faults().failOn(Point.RAM_BESIDE_RESTORE).with(Reason.BROKEN);
        assertThatThrownBy(() -> scenario.restore(snapshot.id())).isInstanceOf(RepairNeededException.class);
        scenario.datacenter.faults().failOn(Point.STORAGE_INSPECT).with(Reason.UNREACHABLE);

        assertThat(scenario.snapshots.recover().recovered())
                .extracting(Recovered::outcome)
                .containsExactly(Outcome.STILL_OPEN);
    }
}
