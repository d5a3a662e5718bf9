package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.Faults.Point;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Work on several VMs goes on after one that fails. */
final class ManyVmsTest {
    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
    private final VmId other =
            scenario.datacenter.node("node-1").withVm("web-2", "vda").id();

    @Test
    void recoverGoesOnAfterAVmWhoseLeaseTheStoreDidNotGive() {
        scenario.create("one");
        scenario.snapshots.create(other, SnapshotSpec.named("two"), ADMIN).await();
        scenario.datacenter.inImage().away(true);
        Intent.DeleteAll leave = new Intent.DeleteAll(Intent.Unreachable.LEAVE);
        for (VmId vm : List.of(scenario.vm, other)) {
            assertThatThrownBy(
                            () -> scenario.snapshots.deleteAll(vm, leave, ADMIN).await())
                    .isInstanceOf(RepairNeededException.class);
        }
        scenario.datacenter.inImage().away(false);
        scenario.datacenter.faults().failOn(Point.STORE_ACQUIRE).onCall(1).with(Reason.TIMEOUT);

        List<Recovered> recovered = scenario.snapshots.recover().recovered();

        assertThat(recovered)
                .extracting(Recovered::outcome)
                .containsExactlyInAnyOrder(Outcome.STILL_OPEN, Outcome.FINISHED);
        assertThat(scenario.snapshots.recover().clean()).isTrue();
        scenario.datacenter.assertNoLeftovers();
    }
}
