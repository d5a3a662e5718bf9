package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.CancelledException;
import dev.vmsnap.Intent;
import dev.vmsnap.Operation;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.SteppedExecutor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks are copied, of the present state and of a snapshot. */
final class CloneTest {

    @ParameterizedTest
    @EnumSource(names = {"RUNNING", "PAUSED", "OFF"})
    void copiesHaveWhatTheDisksHaveAndNothingElseChanges(PowerState power) {
        Scenario scenario = Scenario.of(Disks.BOTH, PowerState.RUNNING).stamped("then");
        Snapshot then = scenario.create("then");
        scenario.stamped("now").guest.power(power);

        List<Volume> present = scenario.copy(Optional.empty());

        assertThat(present).extracting(Volume::target).containsExactlyInAnyOrder("vda", "vdb", "vdc");
        assertThat(present).allSatisfy(volume -> {
            assertThat(volume.source()).isEqualTo(scenario.places().get(volume.target()));
            assertThat(scenario.datacenter.disk(volume.source()).content()).isEqualTo("now");
            assertThat(scenario.datacenter.disk(volume.source()).snapshots()).isEmpty();
            scenario.datacenter.destroyDisk(volume.source());
        });
        assertThat(scenario.copy(Optional.of(then.id()))).allSatisfy(volume -> assertThat(
                        scenario.datacenter.disk(volume.source()).content())
                .isEqualTo("then"));
        assertThat(scenario.tree().snapshots()).extracting(Snapshot::id).containsExactly(then.id());
        assertThat(scenario.tree().current()).contains(then.id());
        assertThat(scenario.guest.power()).isEqualTo(power);
        assertThat(scenario.disk()).isEqualTo("now");
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aPlaceThatIsTakenIsRefusedAndNothingIsDone() {
        Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
        scenario.datacenter.disk("/images/copy-of-vdb").overwrite("theirs");

        assertThatThrownBy(() -> scenario.copy(Optional.empty()))
                .isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.refusals())
                        .extracting(refusal -> refusal.code())
                        .containsExactly(Code.DESTINATION_INVALID));

        assertThat(scenario.datacenter.disk("/images/copy-of-vdb").content()).isEqualTo("theirs");
        scenario.datacenter.assertNoLeftovers();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"let the guest run on", "copy the disks (beside)", "name the copies", "hand the copies over"})
    void whoeverCancelsGetsNoCopiesBeforeTheyAreHandedOverAndAllOfThemAfterwards(String step) {
        Scenario scenario = Scenario.of(Disks.BOTH, PowerState.RUNNING);
        SteppedExecutor executor = new SteppedExecutor();
        scenario.snapshots = scenario.engine(builder -> builder.executor(executor));
        Operation<List<Volume>> operation =
                scenario.snapshots.clone(scenario.vm, Intent.Clone.of(scenario.places()), Scenario.ADMIN);
        operation.onProgress(progress -> {
            if (progress.step().startsWith(step)) {
                operation.cancel();
            }
        });

        executor.runAll();

        if (step.startsWith("hand")) {
            assertThat(operation.await()).hasSize(3);
        } else {
            assertThatThrownBy(operation::await).isInstanceOf(CancelledException.class);
        }
        assertThat(scenario.tree().isEmpty()).isTrue();
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aGuestIsHeldForCopiesOnlyIfItsDisksNeedIt() {
        Scenario files = Scenario.of(Disks.FILES, PowerState.RUNNING);
        files.guest.machineState(Map.of("variables", "AA"));
        Snapshot then = files.create("then");

        assertThat(holds(files, Optional.empty())).isFalse();
        files.guest.atomicCut(false);
        assertThat(holds(files, Optional.empty())).isTrue();
        assertThat(holds(files, Optional.of(then.id()))).isFalse();
        assertThat(holds(Scenario.of(Disks.BOTH, PowerState.RUNNING), Optional.empty()))
                .isTrue();
    }

    private static boolean holds(Scenario scenario, Optional<SnapshotId> snapshot) {
        Intent.Clone intent = snapshot.map(id -> Intent.Clone.of(id, scenario.places()))
                .orElseGet(() -> Intent.Clone.of(scenario.places()));
        return scenario.snapshots.plan(scenario.vm, intent, Scenario.ADMIN).steps().stream()
                .anyMatch(step -> step.label().equals("hold the guest"));
    }

    @Test
    void oneDiskAloneIsCopied() {
        Scenario scenario = Scenario.of(Disks.BOTH, PowerState.RUNNING);

        List<Volume> copies = scenario.snapshots
                .clone(scenario.vm, Intent.Clone.of(Map.of("vdc", "/dev/vg_guests/alone")), Scenario.ADMIN)
                .await();

        assertThat(copies).extracting(Volume::source).containsExactly("/dev/vg_guests/alone");
        scenario.datacenter.assertNoLeftovers();
    }
}
