package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class HostRuleTest {
    private static final Intent COLD = new Intent.MigrateCold("node-2", StorageKind.FILE);

    private final Scene scene = Scene.where(s -> s.power = PowerState.OFF);

    @Test
    void withoutSnapshotsTheHostMayDoAnythingWhateverTheVmIsDoing() {
        scene.power = PowerState.RUNNING;
        scene.job = Optional.of("backup");
        for (StorageKind kind : StorageKind.values()) {
            assertThat(scene.judge(new Intent.MigrateCold("node-2", kind)).allowed())
                    .isTrue();
            assertThat(scene.judge(new Intent.MigrateLive("node-2", kind)).allowed())
                    .isTrue();
        }
        assertThat(scene.judge(new Intent.Reconfigure(Set.of())).allowed()).isTrue();
        assertThat(scene.judge(new Intent.Clone()).allowed()).isTrue();
        assertThat(scene.judge(new Intent.DeleteVm()).allowed()).isTrue();
    }

    @Test
    void oneVolumeOfOneSnapshotThatCannotFollowLocksTheMigration() {
        scene.has(snapshot("a", false, "vda"));
        assertThat(scene.judge(COLD).allowed()).isTrue();

        scene.tree = scene.tree.grow(Scene.withVolumes(
                snapshot("b", false),
                List.of(Scene.volume("vda", StorageKind.FILE), Scene.volume("vdb", StorageKind.LOCAL_LVM))));

        assertThat(codes(scene.judge(COLD))).containsExactly(Code.COLD_MIGRATION_LOCKED);
        assertThat(only(scene.judge(COLD)).data())
                .containsEntry("disks", "vdb")
                .containsEntry("from", "LOCAL_LVM")
                .containsEntry("to", "FILE")
                .containsEntry("count", "2");
        assertThat(only(scene.judge(COLD)).message()).contains("vdb").contains("local LVM");
        assertThat(only(scene.judge(COLD)).remedy()).isEqualTo("Delete the snapshots first.");
    }

    @ParameterizedTest
    @CsvSource({"OFF, true", "RUNNING, false", "PAUSED, false", "OTHER, false"})
    void aVmWithSnapshotsIsMovedColdOnlyWhileItIsOff(PowerState power, boolean allowed) {
        scene.has(snapshot("a", false, "vda"));
        scene.power = power;

        assertThat(codes(scene.judge(COLD))).isEqualTo(allowed ? List.of() : List.of(Code.VM_STATE_UNSUPPORTED));
    }

    @Test
    void aVmThatIsNotSeenIsJudgedByItsSnapshotsAlone() {
        scene.has(snapshot("a", false, "vda"));
        scene.seen = false;

        assertThat(scene.judge(COLD).allowed()).isTrue();
        assertThat(scene.judge(new Intent.DeleteVm()).allowed()).isTrue();
        assertThat(codes(scene.judge(new Intent.Reconfigure(Set.of())))).containsExactly(Code.CONFIGURATION_LOCKED);
    }

    @Test
    void aCloneOfASnapshotIsNotSaidToGetTheCurrentState() {
        scene.has(snapshot("a", false, "vda"));

        assertThat(noticed(new Intent.Clone())).contains("gets its current state and none of its 1 snapshot.");
        assertThat(noticed(Intent.Clone.of(SnapshotId.of("a"), Map.of("vda", "/copy"))))
                .contains("gets the state that the snapshot has and none of its 1 snapshot.");
    }

    private String noticed(Intent intent) {
        return scene.judge(intent).notices().get(0).message();
    }

    @ParameterizedTest
    @EnumSource(Snapshot.Status.class)
    void disksThatAnOperationChangesAreNotCopied(Snapshot.Status status) {
        Snapshot plain = snapshot("a", false, "vda");
        scene.tree = scene.tree.grow(
                status == Snapshot.Status.UNAVAILABLE
                        ? plain.unavailable(Snapshot.Reason.NO_SPACE)
                        : plain.withStatus(status));
        boolean settled = status == Snapshot.Status.AVAILABLE || status == Snapshot.Status.UNAVAILABLE;

        assertThat(codes(scene.judge(COLD))).isEqualTo(settled ? List.of() : List.of(Code.SNAPSHOT_IN_TRANSITION));
        assertThat(codes(scene.judge(new Intent.Clone())))
                .isEqualTo(status == Snapshot.Status.RESTORING ? List.of(Code.SNAPSHOT_IN_TRANSITION) : List.of());
        assertThat(scene.judge(new Intent.DeleteVm()).allowed()).isTrue();
    }
}
