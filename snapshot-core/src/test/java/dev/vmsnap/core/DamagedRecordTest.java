package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots.Expired;
import dev.vmsnap.core.Scenario.Disks;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the store cannot read of one VM is that VM's trouble and nobody else's. */
final class DamagedRecordTest {
    private final Scenario scenario = Scenario.of(Disks.BOTH, PowerState.OFF);
    private final VmId other = scenario.datacenter
            .node("node-1")
            .withVm("web-2")
            .withFile("vda")
            .power(PowerState.OFF)
            .id();

    @BeforeEach
    void damageOneOfTwo() {
        scenario.create("first");
        SnapshotSpec over = SnapshotSpec.named("sound")
                .expiresAt(scenario.datacenter.clock().instant());
        scenario.snapshots.create(other, over, ADMIN).await();
        scenario.datacenter.store().damage(scenario.vm);
    }

    @Test
    void listsHaveTheOthersAndNameTheDamagedOne() {
        assertThat(scenario.snapshots.trees()).extracting(SnapshotTree::vm).containsExactly(other);
        assertThat(scenario.snapshots.vms())
                .filteredOn(vm -> vm.damage().isPresent())
                .extracting(VmOverview::name)
                .containsExactly("web-1");
        assertThat(scenario.snapshots.vms()).anyMatch(vm -> vm.vm().equals(other) && vm.snapshots() == 1);
    }

    @Test
    void doctorNamesItAndExaminesTheOthers() {
        assertThat(scenario.snapshots.doctor()).singleElement().satisfies(this::isAboutTheDamagedOne);
        assertThat(scenario.snapshots.doctor(scenario.vm)).singleElement().satisfies(this::isAboutTheDamagedOne);
        assertThat(scenario.snapshots.doctor(other)).isEmpty();
    }

    @Test
    void whatHasExpiredOfTheOthersIsDeleted() {
        List<Expired> expired = scenario.snapshots.deleteExpired(ADMIN);

        assertThat(scenario.snapshots.tree(other).isEmpty()).isTrue();
        assertThat(expired)
                .filteredOn(one -> one.failure().isPresent())
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.vm()).isEqualTo(scenario.vm);
                    assertThat(one.failure().orElseThrow()).isInstanceOf(StoreException.class);
                });
    }

    @Test
    void recoverGoesThroughTheOthersAndLeavesItOpen() {
        Snapshot sound = scenario.snapshots.tree(other).snapshots().get(0);
        recordAsMissing(sound);

        RecoveryReport report = scenario.snapshots.recover();

        assertThat(scenario.snapshots.tree(other).snapshots())
                .extracting(Snapshot::status)
                .containsExactly(Snapshot.Status.AVAILABLE);
        assertThat(report.clean()).isFalse();
        assertThat(report.recovered()).extracting(Recovered::vm).containsExactlyInAnyOrder(scenario.vm, other);
    }

    @Test
    void itsVerbsAreRefusedAndLeaveNothingHeld() {
        SnapshotId first = SnapshotId.of("s1");
        List<ThrowingCallable> verbs = List.of(
                () -> scenario.snapshots.create(scenario.vm, SnapshotSpec.named("next"), ADMIN),
                () -> scenario.restore(first),
                () -> scenario.snapshots.delete(scenario.vm, first, ADMIN),
                () -> scenario.snapshots.deleteAll(scenario.vm, ADMIN),
                () -> scenario.snapshots.edit(scenario.vm, first, Snapshot.Labels.named("x"), ADMIN),
                () -> scenario.snapshots.vmDeleted(scenario.vm, ADMIN),
                () -> scenario.copy(Optional.of(first)),
                () -> scenario.snapshots.recover(scenario.vm));

        for (ThrowingCallable verb : verbs) {
            RefusedException refused = catchThrowableOfType(RefusedException.class, verb);

            assertThat(refused).isNotNull();
            assertThat(refused.refusals()).singleElement().satisfies(no -> {
                assertThat(no.code()).isEqualTo(Code.RECORD_DAMAGED);
                assertThat(no.remedy()).contains("backup of the store");
            });
        }
        scenario.datacenter.store().putBack(scenario.vm);
        assertThat(scenario.tree().size()).isEqualTo(1);
        scenario.restore(first);
    }

    @Test
    void checkAndPlanGiveTheSameRefusal() {
        for (Intent intent : List.of(
                new Intent.Create(SnapshotSpec.named("next")),
                new Intent.Delete(Set.of(SnapshotId.of("s1")), false),
                new Intent.DeleteVm())) {
            assertThat(scenario.snapshots.check(scenario.vm, intent, ADMIN).refusals())
                    .singleElement()
                    .satisfies(no -> assertThat(no.code()).isEqualTo(Code.RECORD_DAMAGED));
            assertThat(scenario.snapshots
                            .plan(scenario.vm, intent, ADMIN)
                            .verdict()
                            .refusals())
                    .hasSize(1);
        }
    }

    @Test
    void whatReadsItFailsWithWordsOfTheStore() {
        for (ThrowingCallable read : List.<ThrowingCallable>of(
                () -> scenario.snapshots.tree(scenario.vm),
                () -> scenario.snapshots.settings(scenario.vm),
                () -> scenario.snapshots.usage(scenario.vm),
                () -> scenario.snapshots.configure(scenario.vm, SettingsChoice.open(), ADMIN))) {
            StoreException failure = catchThrowableOfType(StoreException.class, read);

            assertThat(failure).isNotNull();
            assertThat(failure.problem()).isEqualTo(Problem.RECORD_DAMAGED);
        }
    }

    private void isAboutTheDamagedOne(Finding finding) {
        assertThat(finding.kind()).isEqualTo(Finding.Kind.RECORD_DAMAGED);
        assertThat(finding.vm()).contains(scenario.vm);
        assertThat(finding.remedy()).contains("backup of the store");
    }

    private void recordAsMissing(Snapshot snapshot) {
        var store = scenario.datacenter.store();
        var record = store.find(other).orElseThrow();
        store.save(record.withTree(record.tree().replace(snapshot.unavailable(Snapshot.Reason.MISSING))));
    }
}
