package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.spi.VmDescription;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A target that names another disk today than when a snapshot was taken: a disk is its driver and its source. */
final class SameTargetTest {
    private static final String FIRST_DISK = "/images/web-1-vda.qcow2";
    private static final String SECOND_DISK = "/images/another.qcow2";
    private static final long MIB = 1L << 20;

    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.OFF);
    private final Snapshot first = scenario.create("on the first disk");
    private final Snapshot second;

    SameTargetTest() {
        scenario.datacenter.disk(SECOND_DISK).overwrite("another");
        scenario.guest
                .detach("vda")
                .with(new VmDescription.Disk(
                        "vda",
                        VmDescription.Device.DISK,
                        VmDescription.SourceType.FILE,
                        Optional.of(SECOND_DISK),
                        Optional.of("qcow2")));
        second = scenario.create("on the second disk");
    }

    @Test
    void bothDisksAreWellWhileBothAreThere() {
        assertThat(snapshots().doctor(scenario.vm)).isEmpty();
    }

    @Test
    void doctorFindsTheLossOfTheFirstDisk() {
        scenario.datacenter.destroyDisk(FIRST_DISK);

        List<Finding> findings = snapshots().doctor(scenario.vm);

        assertThat(findings)
                .filteredOn(finding -> finding.kind() == Finding.Kind.PART_MISSING)
                .extracting(Finding::subject)
                .containsExactly(first.id().value());
        assertThat(check(new Intent.Restore(first.id(), Intent.Drift.RESTORE_CONFIGURATION))
                        .allowed())
                .isFalse();
        assertThat(check(new Intent.Restore(second.id(), Intent.Drift.REFUSE)).refusals())
                .isEmpty();
    }

    @Test
    void theLossOfTheSecondDiskIsNotTheFirstOnes() {
        scenario.datacenter.destroyDisk(SECOND_DISK);

        assertThat(snapshots().doctor(scenario.vm))
                .filteredOn(finding -> finding.kind() == Finding.Kind.PART_MISSING)
                .extracting(Finding::subject)
                .containsExactly(second.id().value());
    }

    @Test
    void aMoveIsNotRefusedForTheFirstDisk() {
        Verdict verdict = check(new Intent.Migrate("node-2", Map.of()));

        assertThat(verdict.refusals()).isEmpty();
    }

    @Test
    void usageTellsOfBothDisksAndTheQuotaCountsBoth() {
        assertThat(snapshots().usage(scenario.vm)).hasSize(4);

        snapshots().configure(scenario.vm, SettingsChoice.open().limit(5).quotaBytes(5 * MIB), ADMIN);

        assertThat(check(new Intent.Create(SnapshotSpec.named("third"))).refusals())
                .filteredOn(refusal -> refusal.code() == Code.QUOTA_REACHED)
                .extracting(Refusal::data)
                .singleElement()
                .satisfies(data -> assertThat(data).containsEntry("taken", Long.toString(4 * MIB)));
    }

    @Test
    void theFirstSnapshotIsDeletedFromTheFirstDisk() {
        snapshots().delete(scenario.vm, first.id(), ADMIN).await();

        assertThat(scenario.datacenter.disk(FIRST_DISK).snapshots()).isEmpty();
        assertThat(scenario.datacenter.disk(SECOND_DISK).snapshots()).hasSize(1);
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }

    private VmSnapshots snapshots() {
        return scenario.snapshots;
    }

    private Verdict check(Intent intent) {
        return snapshots().check(scenario.vm, intent, ADMIN);
    }
}
