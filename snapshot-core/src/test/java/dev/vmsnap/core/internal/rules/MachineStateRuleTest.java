package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.create;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Refusal.Code;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a machine keeps outside its disks is part of a snapshot, or there is none. */
final class MachineStateRuleTest {
    private final Scene scene = Scene.ordinary();

    @Test
    void firmwareVariablesNeedAHypervisorThatCanSaveThem() {
        scene.firmware = true;
        assertThat(scene.judge(create()).allowed()).isTrue();

        scene.abilities = EnumSet.complementOf(EnumSet.of(Ability.MACHINE_STATE));
        assertThat(only(scene.judge(create())).code()).isEqualTo(Code.FIRMWARE_UNSUPPORTED);

        scene.firmware = false;
        assertThat(scene.judge(create()).allowed()).isTrue();
    }

    @Test
    void eachObstacleIsNamed() {
        scene.stateObstacles = List.of("its NVRAM lies on a block device", "its TPM is the host's");

        assertThat(scene.judge(create()).refusals())
                .allSatisfy(refusal -> assertThat(refusal.code()).isEqualTo(Code.FIRMWARE_UNSUPPORTED))
                .extracting(refusal -> refusal.data().get("obstacle"))
                .containsExactlyElementsOf(scene.stateObstacles);
    }
}
