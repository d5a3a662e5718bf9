package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.Finding;
import dev.vmsnap.Finding.Kind;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.InMemoryVm;
import dev.vmsnap.testkit.SimulatedCrash;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts that a deletion cannot reach are remembered, named, in nobody's way, and deleted by recovery. */
final class LeftBehindTest {
    @Test
    void otherVerbsWorkWhileAPartIsLeftOnAStorageThatIsAway() {
        Scenario scenario = Scenario.of(Disks.BOTH, PowerState.RUNNING);
        Snapshot first = scenario.create("first");
        scenario.detach("vdc");
        scenario.datacenter.beside().away(true);

        delete(scenario, first.id(), Intent.Unreachable.REFUSE);

        assertThat(scenario.tree().isEmpty()).isTrue();
        assertLeft(scenario, "vdc");
        Snapshot next = scenario.create("next");
        scenario.guest.disk("vda").overwrite("changed");
        scenario.restore(next.id());
        assertThat(scenario.disk()).isEqualTo("v0");
        delete(scenario, next.id(), Intent.Unreachable.REFUSE);
        assertLeft(scenario, "vdc");
        assertThat(scenario.snapshots.recover().clean()).isFalse();

        scenario.datacenter.beside().away(false);
        assertThat(scenario.snapshots.recover().clean()).isTrue();

        assertClean(scenario);
    }

    @ParameterizedTest
    @EnumSource(
            value = PowerState.class,
            names = {"RUNNING", "PAUSED", "OFF"})
    void aPartOnADiskThatAnotherVmHasByNowIsDeletedThroughThatVm(PowerState power) {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
        Snapshot first = scenario.create("first");
        InMemoryVm other = handOver(scenario, power);

        delete(scenario, first.id(), Intent.Unreachable.REFUSE);

        assertThat(other.power()).isEqualTo(power);
        assertThat(other.disk("vdb").content()).isEqualTo("v0");
        assertClean(scenario);
    }

    @Test
    void aDiskThatTwoVmsHaveByNowIsWorkedOnThroughTheOneThatRuns() {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.OFF);
        Snapshot first = scenario.create("first");
        scenario.detach("vda");
        scenario.datacenter.node("node-1").withVm("web-2").with(disk("vdb")).power(PowerState.OFF);
        scenario.datacenter.node("node-1").withVm("web-3").with(disk("vdc")).power(PowerState.RUNNING);

        delete(scenario, first.id(), Intent.Unreachable.REFUSE);

        assertClean(scenario);
    }

    @ParameterizedTest
    @EnumSource(
            value = PowerState.class,
            names = {"RUNNING", "PAUSED", "OFF"})
    void aDiskThatTheVmHasUnderAnotherTargetByNowIsStillThatDisk(PowerState power) {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
        Snapshot first = scenario.create("first");
        scenario.guest.power(PowerState.OFF).detach("vda").with(disk("sda")).power(power);

        delete(scenario, first.id(), Intent.Unreachable.REFUSE);

        assertThat(scenario.guest.power()).isEqualTo(power);
        assertClean(scenario);
    }

    @ParameterizedTest
    @EnumSource(
            value = PowerState.class,
            names = {"RUNNING", "OFF"})
    void aPartStaysWhileSomebodyWorksOnTheVmThatHasTheDisk(PowerState power) {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.OFF);
        Snapshot first = scenario.create("first");
        InMemoryVm other = handOver(scenario, power);
        Lease lease = somebodyWorksOn(scenario, other);

        delete(scenario, first.id(), Intent.Unreachable.REFUSE);
        RecoveryReport meanwhile = scenario.snapshots.recover();

        assertLeft(scenario, "vda");
        assertThat(meanwhile.clean()).isFalse();
        assertThat(meanwhile.recovered())
                .extracting(RecoveryReport.Recovered::detail)
                .anyMatch(detail -> detail.contains("web-2"));
        assertThat(other.disk("vdb").snapshots()).hasSize(1);
        scenario.datacenter.store().release(lease);
        assertThat(scenario.snapshots.recover().clean()).isTrue();
        assertClean(scenario);
    }

    @Test
    void theVmThatHasTheDiskNowIsWorkedOnWithoutWaitingForThePartOfTheOther() {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.OFF);
        Snapshot first = scenario.create("first");
        InMemoryVm other = handOver(scenario, PowerState.RUNNING);
        Lease lease = somebodyWorksOn(scenario, other);
        delete(scenario, first.id(), Intent.Unreachable.REFUSE);
        scenario.datacenter.store().release(lease);
        assertLeft(scenario, "vda");

        scenario.snapshots.configure(other.id(), SettingsChoice.open().limit(5), ADMIN);
        Snapshot theirs = scenario.snapshots
                .create(other.id(), SnapshotSpec.named("theirs"), ADMIN)
                .await();

        scenario.snapshots.delete(other.id(), theirs.id(), ADMIN).await();
        assertThat(scenario.snapshots.recover().clean()).isTrue();
        assertClean(scenario);
    }

    @ParameterizedTest
    @EnumSource(
            value = PowerState.class,
            names = {"RUNNING", "OFF"})
    void aSnapshotOfWhichNothingCanBeReachedGoesOnlyIfTheCallerSaysSo(PowerState power) {
        Scenario scenario = Scenario.of(Disks.LOGICAL_VOLUMES, power);
        Snapshot first = scenario.create("first");
        scenario.datacenter.beside().away(true);
        Intent.Delete refuse = new Intent.Delete(Set.of(first.id()), false);

        Verdict verdict = scenario.snapshots.check(scenario.vm, refuse, ADMIN);

        assertThat(verdict.refusals()).singleElement().satisfies(refusal -> {
            assertThat(refusal.code()).isEqualTo(Code.STORAGE_AWAY);
        });
        assertThatThrownBy(() -> delete(scenario, first.id(), Intent.Unreachable.REFUSE))
                .isInstanceOf(RefusedException.class);
        assertThat(scenario.tree().size()).isEqualTo(1);

        delete(scenario, first.id(), Intent.Unreachable.LEAVE);

        assertThat(scenario.tree().isEmpty()).isTrue();
        assertLeft(scenario, "vdc");
        scenario.datacenter.beside().away(false);
        assertThat(scenario.snapshots.recover().clean()).isTrue();
        assertClean(scenario);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDeletedVmWithNothingInReachIsForgottenWhenItsPartsAreGone(boolean defined) {
        Scenario scenario = Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.OFF);
        scenario.create("first");
        scenario.create("second");
        scenario.datacenter.beside().away(true);
        if (!defined) {
            scenario.datacenter.node("node-1").remove("web-1");
        }

        scenario.snapshots.vmDeleted(scenario.vm, ADMIN).await();

        assertThat(scenario.snapshots.trees()).isEmpty();
        assertThat(scenario.snapshots.doctor(scenario.vm))
                .filteredOn(finding -> finding.kind() == Kind.LEFT_BEHIND)
                .hasSize(2);
        scenario.datacenter.beside().away(false);
        assertThat(scenario.snapshots.recover().clean()).isTrue();
        assertThat(scenario.partsLeft()).isEmpty();
        assertThat(scenario.datacenter.store().find(scenario.vm)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Moment.class)
    void whereverADeletionDiesItsPartsAreNeitherForgottenNorInTheWay(Moment moment) {
        int calls = 0;
        int inBetween = 0;
        for (int call = 1; call == 1 || call <= calls; call++) {
            String where = "call " + call + ", " + moment;
            Scenario scenario = Scenario.of(Disks.BOTH, PowerState.OFF);
            Snapshot first = scenario.create("first");
            scenario.datacenter.beside().away(true);
            if (calls == 0) {
                calls = callsOfADeletion();
            }
            scenario.datacenter.faults().crashOnCall(call, moment);
            try {
                delete(scenario, first.id(), Intent.Unreachable.REFUSE);
            } catch (SimulatedCrash died) {
                assertThat(scenario.datacenter.faults().crashed()).as(where).isTrue();
            }
            scenario.datacenter.faults().clear();
            scenario.datacenter.reboot();
            scenario.datacenter.advance(Duration.ofMinutes(5));
            scenario.snapshots = scenario.engine(b -> b);
            if (scenario.tree().size() == 1 && !leftovers(scenario).isEmpty()) {
                inBetween++;
            }

            scenario.snapshots.recover();

            assertThat(scenario.datacenter.store().journal()).as(where).isEmpty();
            if (scenario.tree().isEmpty()) {
                assertLeft(scenario, "vdc");
            } else {
                delete(scenario, first.id(), Intent.Unreachable.REFUSE);
            }
            scenario.datacenter.beside().away(false);
            assertThat(scenario.snapshots.recover().clean()).as(where).isTrue();
            assertClean(scenario);
        }
        assertThat(calls).isGreaterThan(10);
        assertThat(inBetween)
                .as("deaths between the deletion of parts and of the record")
                .isPositive();
    }

    @Test
    void aPartIsNotLeftWhenTheNodeLacksATool() {
        Scenario scenario = Scenario.of(Disks.BOTH, PowerState.OFF);
        Snapshot first = scenario.create("first");
        scenario.datacenter.faults().failOn(Point.STORAGE_DELETE).with(DriverException.Reason.TOOL_MISSING);

        assertThatThrownBy(() -> delete(scenario, first.id(), Intent.Unreachable.LEAVE))
                .isInstanceOf(SnapshotException.class);

        assertThat(leftovers(scenario)).isEmpty();
        scenario.datacenter.faults().clear();
        assertThat(scenario.snapshots.recover().clean()).isTrue();
        scenario.deleteAll();
        assertClean(scenario);
    }

    private static int callsOfADeletion() {
        Scenario scenario = Scenario.of(Disks.BOTH, PowerState.OFF);
        Snapshot first = scenario.create("first");
        scenario.datacenter.beside().away(true);
        scenario.datacenter.faults().forgetCalls();
        delete(scenario, first.id(), Intent.Unreachable.REFUSE);
        return scenario.datacenter.faults().calls().size();
    }

    private static void delete(Scenario scenario, SnapshotId id, Intent.Unreachable unreachable) {
        scenario.snapshots
                .delete(scenario.vm, new Intent.Delete(Set.of(id), false, unreachable), ADMIN)
                .await();
    }

    /** The first disk goes to another VM of the node, which has it under another target. */
    private static InMemoryVm handOver(Scenario scenario, PowerState power) {
        scenario.detach("vda");
        return scenario.datacenter
                .node("node-1")
                .withVm("web-2")
                .with(disk("vdb"))
                .power(power);
    }

    private static Lease somebodyWorksOn(Scenario scenario, InMemoryVm vm) {
        return scenario.datacenter
                .store()
                .acquire(
                        vm.id(),
                        "somebody else",
                        Verb.CREATE,
                        "their operation",
                        Duration.ofMinutes(1),
                        holder -> false);
    }

    private static List<Finding> leftovers(Scenario scenario) {
        return scenario.snapshots.doctor(scenario.vm).stream()
                .filter(finding -> finding.kind() == Kind.LEFT_BEHIND)
                .toList();
    }

    private static VmDescription.Disk disk(String target) {
        return new VmDescription.Disk(
                target,
                VmDescription.Device.DISK,
                VmDescription.SourceType.FILE,
                Optional.of("/images/web-1-vda.qcow2"),
                Optional.of("qcow2"));
    }

    private static void assertLeft(Scenario scenario, String target) {
        assertThat(leftovers(scenario)).extracting(Finding::subject).containsExactly(target);
    }

    private static void assertClean(Scenario scenario) {
        assertThat(scenario.snapshots.doctor(scenario.vm)).isEmpty();
        assertThat(scenario.partsLeft()).isEmpty();
        assertThat(scenario.tree().isEmpty()).isTrue();
    }
}
