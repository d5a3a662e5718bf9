package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.ADMIN;
import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.create;
import static dev.vmsnap.core.internal.rules.Scene.createWithRam;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.restore;
import static dev.vmsnap.core.internal.rules.Scene.restoreConfiguration;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.spi.StorageDriver.Trait;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RamRuleTest {
    private final Scene scene = Scene.ordinary();

    @Test
    void administratorsTooAreBoundByWhatTheSettingsSayOfRam() {
        scene.settings = new SnapshotSettings(true, 3, false);

        assertThat(codes(scene.judge(createWithRam(), ADMIN))).containsExactly(Code.RAM_NOT_ALLOWED);
        assertThat(scene.judge(create()).allowed()).isTrue();
    }

    @Test
    void everyDiskMustLieWhereRamCanBeSaved() {
        scene.claims.add(Scene.lvm("vdb"));
        scene.claims.add(Scene.lvm("vdc"));
        scene.traits.put("lvm", Set.of(Trait.HOLD_TO_CUT));

        assertThat(scene.judge(createWithRam()).refusals())
                .extracting(r -> r.code() + " " + r.data().get("disk"))
                .containsExactly("RAM_STORAGE_UNSUPPORTED vdb", "RAM_STORAGE_UNSUPPORTED vdc");
        assertThat(scene.judge(create()).allowed()).isTrue();
    }

    @Test
    void eachDeviceThatStandsInTheWayIsNamed() {
        scene.obstacles = List.of("host device 0000:01:00.0", "virtiofs share");

        assertThat(scene.judge(createWithRam()).refusals())
                .extracting(Refusal::code)
                .containsOnly(Code.RAM_DEVICE_UNSUPPORTED)
                .hasSize(2);
        assertThat(scene.judge(createWithRam()).refusals())
                .extracting(r -> r.data().get("device"))
                .containsExactlyElementsOf(scene.obstacles);
        assertThat(scene.judge(create()).allowed()).isTrue();
    }

    @Test
    void theHypervisorMustBeAbleToSaveAndRestoreRam() {
        scene.has(snapshot("ram", true, "vda"), snapshot("plain", false, "vda"));
        scene.abilities = EnumSet.complementOf(EnumSet.of(Ability.IN_IMAGE_RAM));

        assertThat(only(scene.judge(createWithRam())).data()).containsEntry("ability", "IN_IMAGE_RAM");
        assertThat(codes(scene.judge(restore("ram")))).containsExactly(Code.HYPERVISOR_UNSUPPORTED);
        assertThat(scene.judge(restore("plain")).allowed()).isTrue();
    }

    @Test
    void aDeviceStandsInTheWayOfARestoreWithRamUnlessTheConfigurationGoesBackToo() {
        scene.has(snapshot("ram", true, "vda"), snapshot("plain", false, "vda"));
        scene.obstacles = List.of("host device");

        assertThat(codes(scene.judge(restore("ram")))).containsExactly(Code.RAM_DEVICE_UNSUPPORTED);
        assertThat(codes(scene.judge(restoreConfiguration("ram")))).containsExactly(Code.RAM_DEVICE_UNSUPPORTED);
        assertThat(scene.judge(restore("plain")).allowed()).isTrue();

        scene.drift = List.of("a host device was added");
        assertThat(scene.judge(restoreConfiguration("ram")).allowed()).isTrue();
    }
}
