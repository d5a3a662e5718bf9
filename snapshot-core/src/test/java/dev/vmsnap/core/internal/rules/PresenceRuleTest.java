package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.create;
import static dev.vmsnap.core.internal.rules.Scene.delete;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.restore;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal.Code;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PresenceRuleTest {
    private final Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"));

    @Test
    void aVmThatNoNodeHasIsNotFound() {
        scene.seen = false;

        assertThat(codes(scene.judge(create()))).containsExactly(Code.VM_NOT_FOUND);
        assertThat(codes(scene.judge(restore("a")))).containsExactly(Code.VM_NOT_FOUND);
    }

    @Test
    void aVmThatASilentNodeMayHaveIsUnreachable() {
        scene.seen = false;
        scene.silent = List.of("node-3", "node-2");

        assertThat(codes(scene.judge(create()))).containsExactly(Code.NODE_UNREACHABLE);
        assertThat(codes(scene.judge(restore("a")))).containsExactly(Code.NODE_UNREACHABLE);
        assertThat(only(scene.judge(create())).data()).containsEntry("nodes", "node-2, node-3");
    }

    @Test
    void snapshotsOfAVmThatIsGoneCanBeDeleted() {
        scene.seen = false;

        assertThat(scene.judge(delete("a")).allowed()).isTrue();
        assertThat(scene.judge(new Intent.DeleteAll()).allowed()).isTrue();
    }

    @Test
    void snapshotsOfAVmThatIsOnlyOutOfSightAreNotForgotten() {
        scene.seen = false;
        scene.silent = List.of("node-2");

        assertThat(codes(scene.judge(delete("a")))).containsExactly(Code.NODE_UNREACHABLE);
        assertThat(codes(scene.judge(new Intent.DeleteAll()))).containsExactly(Code.NODE_UNREACHABLE);
    }

    @Test
    void deletingWhatIsAlreadyGoneSucceedsWhereverTheVmIs() {
        scene.seen = false;
        scene.silent = List.of("node-2");

        assertThat(scene.judge(delete("gone")).allowed()).isTrue();
    }

    @Test
    void aSilentNodeElsewhereDoesNotHinder() {
        scene.silent = List.of("node-2");

        assertThat(scene.judge(create()).allowed()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "RUNNING, OFF, node-1",
        "OFF, RUNNING, node-2",
        "OFF, PAUSED, node-2",
        "OFF, OTHER, node-2",
        "OFF, OFF,",
        "RUNNING, RUNNING,",
        "PAUSED, OTHER,"
    })
    void ofSeveralNodesTheOneOnWhichTheVmIsActiveIsChosen(PowerState first, PowerState second, String chosen) {
        scene.power = first;
        scene.otherNodes.put("node-2", second);

        assertThat(scene.situation().chosen().map(Sighting::node)).isEqualTo(Optional.ofNullable(chosen));
    }

    @Test
    void theRecordsNodeDoesNotChooseBetweenTwoInactiveDefinitionsSinceItMayBeTheStaleOne() {
        scene.power = PowerState.OFF;
        scene.otherNodes.put("node-2", PowerState.OFF);

        for (Intent intent : List.of(create(), restore("a"), delete("a"), new Intent.DeleteAll())) {
            assertThat(codes(scene.judge(intent))).as("%s", intent).containsExactly(Code.VM_AMBIGUOUS);
            assertThat(only(scene.judge(intent)).data()).containsEntry("nodes", "node-1, node-2");
            assertThat(only(scene.judge(intent)).message()).contains("node-1, node-2");
        }
    }

    @Test
    void aVmThatIsActiveTwiceIsRefusedWithTheDangerNamed() {
        scene.otherNodes.put("node-2", PowerState.RUNNING);

        assertThat(only(scene.judge(create())).remedy()).contains("destroy");
    }

    @Test
    void aVmThatIsOffHereIsNotTouchedWhileTheNodeThatHadItLastIsSilent() {
        scene.power = PowerState.OFF;
        scene.lastNode = Optional.of("node-2");
        scene.silent = List.of("node-2");

        for (Intent intent : List.of(create(), restore("a"), delete("a"))) {
            assertThat(codes(scene.judge(intent))).as("%s", intent).containsExactly(Code.NODE_UNREACHABLE);
        }
        scene.power = PowerState.RUNNING;
        assertThat(scene.judge(create()).allowed()).isTrue();
    }

    @Test
    void aVmWithoutANameIsCalledByItsId() {
        scene.seen = false;
        scene.name = "";

        assertThat(only(scene.judge(create())).message()).contains("VM vm-1");
    }
}
