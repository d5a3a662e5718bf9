package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.Faults;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A VM that is off goes to another node with its snapshots. */
final class MigrationTest {

    @Test
    void theVmGoesToTheOtherNodeAndBackAndIsRestoredAtEachStop() {
        Scenario scenario = Scenario.of(Disks.SHARED, PowerState.OFF);
        Snapshot first = scenario.create("first");
        scenario.guest.disk("vda").overwrite("v1");

        for (String node : new String[] {"node-2", "node-1"}) {
            assertThat(scenario.migrate(node)).isEqualTo(scenario.tree());

            assertThat(scenario.datacenter.node(node).find(scenario.vm)).isPresent();
            assertThat(scenario.datacenter
                            .node(node.equals("node-1") ? "node-2" : "node-1")
                            .find(scenario.vm))
                    .isEmpty();
            assertThat(scenario.snapshots.vms().get(0).node()).contains(node);
            scenario.restore(first.id());
            assertThat(scenario.disk()).isEqualTo("v0");
            scenario.guest.disk("vda").overwrite("changed on " + node);
        }
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aVmThatIsThereAlreadyStays() {
        Scenario scenario = Scenario.of(Disks.SHARED, PowerState.OFF);
        scenario.create("first");

        scenario.migrate("node-1");

        assertThat(scenario.datacenter.node("node-1").find(scenario.vm)).isPresent();
        scenario.create("second");
    }

    @Test
    void aDefinitionThatTheHostHasMadeOnTheTargetIsReplaced() {
        Scenario scenario = Scenario.of(Disks.SHARED, PowerState.OFF);
        scenario.create("first");
        scenario.datacenter
                .node("node-2")
                .define(scenario.vm, scenario.datacenter.node("node-1").configuration(scenario.vm));

        scenario.migrate("node-2");

        assertThat(scenario.datacenter.node("node-1").find(scenario.vm)).isEmpty();
        scenario.create("second");
    }

    @Test
    void whatIsRefusedSaysWhy() {
        assertRefused(Disks.SHARED, PowerState.RUNNING, "node-2", Refusal.Code.VM_STATE_UNSUPPORTED);
        assertRefused(Disks.SHARED, PowerState.OFF, "node-9", Refusal.Code.NODE_UNKNOWN);
        assertRefused(Disks.LOGICAL_VOLUMES, PowerState.OFF, "node-2", Refusal.Code.COLD_MIGRATION_LOCKED);
    }

    @Test
    void aRunningVmIsRefusedBeforeTheOtherNodeIsAskedWhatItHas() {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
        scenario.create("first");
        scenario.copyFiles("node-2", true);
        scenario.datacenter.faults().forgetCalls();

        Verdict verdict = scenario.snapshots
                .plan(scenario.vm, new Intent.Migrate("node-2", Map.of()), Scenario.ADMIN)
                .verdict();

        assertThat(verdict.refusals()).extracting(Refusal::code).containsExactly(Refusal.Code.VM_STATE_UNSUPPORTED);
        assertThat(scenario.datacenter.faults().calls())
                .extracting(Faults.Call::point)
                .doesNotContain(Faults.Point.HYPERVISOR_OBSTACLES);
    }

    @Test
    void aVmThatRunsOnTheOtherNodeStaysEvenIfItIsOffHere() {
        Scenario scenario = Scenario.of(Disks.SHARED, PowerState.OFF);
        scenario.create("first");
        scenario.datacenter.node("node-2").withVm(scenario.vm.value());

        assertThatThrownBy(() -> scenario.migrate("node-2"))
                .isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.refusals())
                        .extracting(Refusal::code)
                        .contains(Refusal.Code.VM_STATE_UNSUPPORTED));

        assertThat(scenario.datacenter.node("node-1").find(scenario.vm)).isPresent();
    }

    @Test
    void aNodeThatDoesNotAnswerGetsNoVm() {
        Scenario scenario = Scenario.of(Disks.SHARED, PowerState.OFF);
        scenario.create("first");
        scenario.datacenter.node("node-2").disconnect();

        assertThatThrownBy(() -> scenario.migrate("node-2"))
                .isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.refusals())
                        .extracting(Refusal::code)
                        .contains(Refusal.Code.NODE_UNREACHABLE));

        scenario.create("second");
    }

    @Test
    void theHostIsToldThatItMayMoveSharedVolumesAndNoOthers() {
        Scenario shared = Scenario.of(Disks.SHARED, PowerState.OFF);
        shared.create("first");
        Intent cold = new Intent.MigrateCold("node-2", StorageKind.NETWORK_LVM);

        assertThat(shared.snapshots.check(shared.vm, cold, Scenario.ADMIN).allowed())
                .isTrue();

        Scenario local = Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.OFF);
        local.create("first");
        assertThat(local.snapshots.check(local.vm, cold, Scenario.ADMIN).allowed())
                .isFalse();
    }

    @Test
    void filesThatTheHostHasCopiedComeAlongWithTheirSnapshots() {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING).stamped("v1");
        Snapshot ram = scenario.createWithRam("with RAM");
        scenario.stamped("v2").guest.power(PowerState.OFF);
        scenario.copyFiles("node-2", true);

        scenario.migrateFiles("node-2");

        assertThat(scenario.datacenter.node("node-1").find(scenario.vm)).isEmpty();
        assertThat(scenario.sourceOf("vda")).isEqualTo("/images/node-2-vda");
        assertThat(scenario.tree().snapshots().get(0).volumes())
                .extracting(Volume::source)
                .containsExactly("/images/node-2-vda", "/images/node-2-vdb");
        scenario.restore(ram.id());
        assertThat(scenario.datacenter.disk("/images/node-2-vda").content()).isEqualTo("v1");
        assertThat(scenario.datacenter
                        .node("node-2")
                        .find(scenario.vm)
                        .orElseThrow()
                        .power())
                .isEqualTo(PowerState.RUNNING);
        scenario.tidy();
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aCopyWithoutTheSnapshotsIsRefusedAndNamed() {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.OFF);
        scenario.create("first");
        scenario.copyFiles("node-2", false);

        assertThatThrownBy(() -> scenario.migrateFiles("node-2"))
                .isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.refusals())
                        .extracting(
                                refusal -> refusal.code() + " " + refusal.data().get("disk"))
                        .containsExactly("COPY_INCOMPLETE vda", "COPY_INCOMPLETE vdb"));
        assertThat(scenario.datacenter.node("node-1").find(scenario.vm)).isPresent();
    }

    private static void assertRefused(Disks disks, PowerState power, String node, Refusal.Code code) {
        Scenario scenario = Scenario.of(disks, power);
        scenario.create("first");

        assertThatThrownBy(() -> scenario.migrate(node))
                .isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.refusals())
                        .extracting(Refusal::code)
                        .contains(code));

        assertThat(scenario.datacenter.node("node-1").find(scenario.vm)).isPresent();
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }
}
