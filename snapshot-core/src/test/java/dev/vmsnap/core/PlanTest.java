package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Plan;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.core.Scenario.Disks;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which steps an operation has, and in which order. */
final class PlanTest {
    private static final long RAM = 64L << 20;

    @Test
    void ramBesideTheDisksHasItsPlaceBeforeTheGuestIsHeldAndIsTrimmedAfterItRunsAgain() {
        Plan plan = create(
                Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.RUNNING),
                SnapshotSpec.unnamed().withRam());

        assertThat(plan.steps())
                .extracting(Plan.Step::label)
                .containsExactly(
                        "record the snapshot",
                        "reserve space (beside)",
                        "reserve space for RAM (beside)",
                        "hold the guest",
                        "save RAM (beside)",
                        "snapshot the disks (beside)",
                        "let the guest run on",
                        "trim the space for RAM (beside)",
                        "check what was saved",
                        "commit the snapshot",
                        "write the manifest (beside)");
        assertThat(plan.pause()).isEqualTo(Plan.Pause.WHOLE_RAM);
        assertThat(plan.bytesNeeded()).containsOnlyKeys("/dev/vg_guests");
        assertThat(plan.bytesNeeded().get("/dev/vg_guests")).isGreaterThan(RAM);
    }

    @Test
    void onAMixedVmTheImagesAreCutWhileQemuStillWritesToThemThenComesTheRamThenTheOtherStorages() {
        Plan plan = create(
                Scenario.of(Disks.BOTH, PowerState.RUNNING),
                SnapshotSpec.unnamed().withRam());

        assertThat(plan.steps())
                .extracting(Plan.Step::label)
                .containsExactly(
                        "record the snapshot",
                        "reserve space (in-image)",
                        "reserve space (beside)",
                        "reserve space for RAM (beside)",
                        "hold the guest",
                        "snapshot the disks",
                        "save RAM (beside)",
                        "snapshot the disks (beside)",
                        "let the guest run on",
                        "trim the space for RAM (beside)",
                        "check what was saved",
                        "commit the snapshot",
                        "write the manifest (in-image)",
                        "write the manifest (beside)");
        assertThat(plan.bytesNeeded().get("/images")).isLessThan(RAM);
        assertThat(plan.bytesNeeded().get("/dev/vg_guests")).isGreaterThan(RAM);
    }

    @Test
    void aGuestThatIsFrozenIsThawedOnlyWhenItRunsAgain() {
        Plan plan = create(
                Scenario.of(Disks.BOTH, PowerState.RUNNING),
                SnapshotSpec.unnamed().quiesce(SnapshotSpec.Quiesce.REQUIRE));

        assertThat(plan.steps())
                .extracting(Plan.Step::label)
                .containsExactly(
                        "record the snapshot",
                        "reserve space (in-image)",
                        "reserve space (beside)",
                        "freeze the guest's file systems",
                        "hold the guest",
                        "snapshot the disks",
                        "snapshot the disks (beside)",
                        "let the guest run on",
                        "thaw the guest",
                        "check what was saved",
                        "commit the snapshot",
                        "write the manifest (in-image)",
                        "write the manifest (beside)");
        assertThat(plan.pause()).isEqualTo(Plan.Pause.METADATA);
    }

    @Test
    void variablesAreReadWhileTheGuestIsHeldThoughTheHypervisorHoldsItForRamInsideImages() {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
        scenario.guest.machineState(Map.of("nvram", "djE="));

        assertThat(create(scenario, SnapshotSpec.unnamed().withRam()).steps())
                .extracting(Plan.Step::label)
                .containsExactly(
                        "record the snapshot",
                        "reserve space (in-image)",
                        "hold the guest",
                        "save the firmware variables",
                        "let the guest run on",
                        "save RAM and snapshot the disks",
                        "check what was saved",
                        "commit the snapshot",
                        "write the manifest (in-image)");
        assertThat(create(scenario, SnapshotSpec.unnamed()).steps())
                .extracting(Plan.Step::label)
                .containsSubsequence(
                        "hold the guest", "save the firmware variables", "snapshot the disks", "let the guest run on");
    }

    @Test
    void aPausedVmIsNeitherHeldNorReleased() {
        assertThat(create(
                                Scenario.of(Disks.BOTH, PowerState.PAUSED),
                                SnapshotSpec.unnamed().withRam())
                        .steps())
                .extracting(Plan.Step::label)
                .doesNotContain("hold the guest", "let the guest run on")
                .containsSubsequence("snapshot the disks", "save RAM (beside)", "snapshot the disks (beside)");
    }

    @Test
    void whatIsDoneBeforeTheCutIsCommittedCanBeTakenBack() {
        Plan plan = create(
                Scenario.of(Disks.BOTH, PowerState.RUNNING),
                SnapshotSpec.unnamed().withRam());

        assertThat(plan.pointOfNoReturn()).isPresent();
        assertThat(plan.steps().get(plan.pointOfNoReturn().getAsInt()).label())
                .isEqualTo("write the manifest (in-image)");
        assertThat(plan.steps())
                .filteredOn(step ->
                        step.label().startsWith("reserve") || step.label().startsWith("hold"))
                .allSatisfy(step -> assertThat(step.undo()).isPresent());
    }

    @Test
    void aRestoreBringsTheDisksBackBeforeTheRamAndClosesItsPlaceWhenAllIsDone() {
        Scenario scenario = Scenario.of(Disks.BOTH, PowerState.RUNNING);
        Snapshot snapshot = scenario.createWithRam("a");

        Plan plan = scenario.snapshots.plan(scenario.vm, new Intent.Restore(snapshot.id(), Intent.Drift.REFUSE), ADMIN);

        assertThat(plan.steps())
                .extracting(Plan.Step::label)
                .containsExactly(
                        "mark the restore",
                        "stop the VM",
                        "bring the disks back (in-image)",
                        "bring the disks back (beside)",
                        "bring RAM back (beside)",
                        "commit the restore",
                        "set the guest's clock",
                        "refresh the metadata",
                        "close the place of the RAM (beside)",
                        "write the manifest (in-image)",
                        "write the manifest (beside)");
        assertThat(plan.pointOfNoReturn()).hasValue(2);
    }

    @Test
    void aMigrationLetsGoHereBeforeItTakesOverThereAndCanBeTakenBackUntilTheOldNodeForgets() {
        Scenario scenario = Scenario.of(Disks.SHARED, PowerState.OFF);
        scenario.create("a");

        Plan plan = scenario.snapshots.plan(scenario.vm, new Intent.Migrate("node-2"), ADMIN);

        assertThat(plan.verdict().allowed()).isTrue();
        assertThat(plan.steps())
                .extracting(Plan.Step::label)
                .containsExactly(
                        "let go of the volumes (san)",
                        "take the volumes over (san)",
                        "check the volumes on the new node",
                        "define the VM on the new node",
                        "forget the VM on the old node",
                        "commit the migration",
                        "write the manifest (san)");
        assertThat(plan.pointOfNoReturn()).hasValue(4);
        assertThat(plan.pause()).isEqualTo(Plan.Pause.NONE);
        assertThat(scenario.datacenter.node("node-1").find(scenario.vm)).isPresent();
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aMigrationToWhereTheVmIsAlreadyOnlyWritesTheRecord() {
        Scenario scenario = Scenario.of(Disks.SHARED, PowerState.OFF);

        assertThat(scenario.snapshots
                        .plan(scenario.vm, new Intent.Migrate("node-1"), ADMIN)
                        .steps())
                .extracting(Plan.Step::label)
                .containsExactly("commit the migration");
    }

    @Test
    void aMigrationThatIsRefusedHasNoSteps() {
        Scenario scenario = Scenario.of(Disks.SHARED, PowerState.RUNNING);

        Plan plan = scenario.snapshots.plan(scenario.vm, new Intent.Migrate("node-2"), ADMIN);

        assertThat(plan.verdict().allowed()).isFalse();
        assertThat(plan.steps()).isEmpty();
    }

    private static Plan create(Scenario scenario, SnapshotSpec spec) {
        Plan plan = scenario.snapshots.plan(scenario.vm, new Intent.Create(spec), ADMIN);
        assertThat(plan.verdict().refusals()).isEmpty();
        return plan;
    }
}
