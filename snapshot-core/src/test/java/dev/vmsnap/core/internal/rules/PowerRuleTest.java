package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.create;
import static dev.vmsnap.core.internal.rules.Scene.delete;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.restore;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal.Code;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PowerRuleTest {
    private final Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"));

    @Test
    void aVmInAnyOtherStateCanBeRestoredAndItsSnapshotsDeletedButNoSnapshotTaken() {
        scene.power = PowerState.OTHER;

        assertThat(codes(scene.judge(create()))).containsExactly(Code.VM_STATE_UNSUPPORTED);
        assertThat(scene.judge(restore("a")).allowed()).isTrue();
        assertThat(scene.judge(delete("a")).allowed()).isTrue();
    }

    @Test
    void aJobOfTheHypervisorsStopsEveryVerbThatTouchesTheVm() {
        scene.job = Optional.of("migration");

        assertThat(codes(scene.judge(create()))).containsExactly(Code.VM_BUSY);
        assertThat(codes(scene.judge(restore("a")))).containsExactly(Code.VM_BUSY);
        assertThat(codes(scene.judge(delete("a")))).containsExactly(Code.VM_BUSY);
        assertThat(only(scene.judge(create())).data()).containsEntry("job", "migration");
    }

    @Test
    void aTransientVmWouldNotSurviveTheStopOfARestore() {
        scene.persistent = false;

        assertThat(codes(scene.judge(create()))).containsExactly(Code.VM_NOT_PERSISTENT);
        assertThat(codes(scene.judge(restore("a")))).containsExactly(Code.VM_NOT_PERSISTENT);
        assertThat(scene.judge(delete("a")).allowed()).isTrue();
    }

    @Test
    void aSavedStateWouldBeResumedOnOtherDisks() {
        scene.power = PowerState.OFF;
        scene.savedState = true;

        assertThat(codes(scene.judge(create()))).containsExactly(Code.SAVED_STATE_EXISTS);
        assertThat(codes(scene.judge(restore("a")))).containsExactly(Code.SAVED_STATE_EXISTS);
        assertThat(scene.judge(delete("a")).allowed()).isTrue();
    }
}
