package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.create;
import static dev.vmsnap.core.internal.rules.Scene.createWithRam;
import static dev.vmsnap.core.internal.rules.Scene.delete;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.restore;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CutRuleTest {

    @ParameterizedTest
    @CsvSource({"RUNNING, false", "PAUSED, false", "OFF, true"})
    void onAnActiveVmInImageSnapshotsNeedTheHypervisor(PowerState power, boolean allowed) {
        Scene scene = Scene.where(s -> {
            s.power = power;
            s.abilities = EnumSet.of(Ability.HOLD, Ability.QUIESCE);
        });
        scene.has(snapshot("a", false, "vda"));

        assertThat(scene.judge(create()).allowed()).isEqualTo(allowed);
        assertThat(scene.judge(delete("a")).allowed()).isEqualTo(allowed);
        if (!allowed) {
            assertThat(only(scene.judge(create())).code()).isEqualTo(Code.HYPERVISOR_UNSUPPORTED);
            assertThat(only(scene.judge(create())).data()).containsEntry("ability", "IN_IMAGE");
            assertThat(only(scene.judge(delete("a"))).data()).containsEntry("ability", "IN_IMAGE");
        }
    }

    @ParameterizedTest
    @CsvSource({"RUNNING, false", "PAUSED, true", "OFF, true"})
    void storageThatMustBeHeldToCutNeedsAHypervisorThatCanHoldARunningGuest(PowerState power, boolean allowed) {
        Scene scene = Scene.where(s -> {
            s.power = power;
            s.claims = List.of(Scene.lvm("vda"));
            s.abilities = EnumSet.noneOf(Ability.class);
        });

        assertThat(codes(scene.judge(create()))).isEqualTo(allowed ? List.of() : List.of(Code.HYPERVISOR_UNSUPPORTED));
    }

    @ParameterizedTest
    @CsvSource({
        // disks, atomic cut, power, hold needed
        "vda:file,                    false, RUNNING, false",
        "vda:file vdb:file,           true,  RUNNING, false",
        "vda:file vdb:file,           false, RUNNING, true",
        "vda:file vdb:file,           false, PAUSED,  false",
        "vda:file vdb:file,           false, OFF,     false",
        "vda:file vdb:nas,            true,  RUNNING, false",
        "vda:file vdb:nas,            false, RUNNING, true",
        "vda:lvm,                     true,  RUNNING, true",
        "vda:file vdb:lvm,            true,  RUNNING, true",
        "vda:thin,                    true,  RUNNING, false",
        "vda:thin vdb:thin,           true,  RUNNING, true",
        "vda:thin vdb:file,           true,  RUNNING, true",
        "vda:thin vdb:thin,           true,  PAUSED,  false",
        "vda:array vdb:array,         false, RUNNING, false",
        "vda:array vdb:other-array,   false, RUNNING, true",
        "vda:file vdb:array,          true,  RUNNING, true",
    })
    void theGuestIsHeldExactlyWhenNothingElseMakesTheCutOneInstant(
            String disks, boolean atomic, PowerState power, boolean hold) {
        Scene scene = Scene.where(s -> {
            s.atomicCut = atomic;
            s.claims = claims(disks);
            s.traits.put("nas", Set.of(Trait.IN_IMAGE));
            s.traits.put("array", Set.of());
            s.traits.put("other-array", Set.of());
            s.traits.put("thin", Set.of(Trait.HOLD_TO_CUT_SEVERAL));
        });

        assertThat(CutRule.needsHold(
                        scene.vm(power), Participation.of(scene.claims, false).volumes(), scene.traits, false))
                .isEqualTo(hold);
    }

    @ParameterizedTest
    @CsvSource({
        // disks, power, hold needed
        "vda:file vdb:file,   RUNNING, false",
        "vda:lvm,             RUNNING, true",
        "vda:lvm,             PAUSED,  false",
        "vda:array vdb:lvm,   RUNNING, true",
        "vda:file vdb:lvm,    RUNNING, true",
        "vda:file vdb:lvm,    PAUSED,  false",
    })
    void whileRamIsWrittenBesideTheDisksTheEngineHoldsTheGuestAndInsideImagesTheHypervisorDoes(
            String disks, PowerState power, boolean hold) {
        Scene scene = Scene.where(s -> {
            s.atomicCut = false;
            s.claims = claims(disks);
            s.traits.put("array", Set.of());
        });

        assertThat(CutRule.needsHold(
                        scene.vm(power), Participation.of(scene.claims, true).volumes(), scene.traits, true))
                .isEqualTo(hold);
    }

    @ParameterizedTest
    @CsvSource({
        // RAM, power, hold needed
        "false, RUNNING, true",
        "true,  RUNNING, true",
        "true,  PAUSED,  false",
        "false, OFF,     false",
    })
    void whatAMachineKeepsOutsideItsDisksIsReadWhileItIsHeld(boolean ram, PowerState power, boolean hold) {
        Scene scene = Scene.where(s -> {
            s.firmware = true;
            s.claims = claims("vda:file");
        });

        List<Volume> volumes = Participation.of(scene.claims, ram).volumes();
        assertThat(CutRule.needsHold(scene.vm(power), volumes, scene.traits, ram))
                .isEqualTo(hold);
        assertThat(CutRule.disksNeedHold(scene.vm(power), volumes, scene.traits))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "vda:file,           IN_IMAGE_RAM, false",
        "vda:file,           RAM_BESIDE,   true",
        "vda:file,           HOLD,         true",
        "vda:lvm,            RAM_BESIDE,   false",
        "vda:lvm,            HOLD,         false",
        "vda:lvm,            IN_IMAGE_RAM, true",
        "vda:lvm,            IN_IMAGE,     true",
        "vda:file vdb:lvm,   RAM_BESIDE,   false",
        "vda:file vdb:lvm,   HOLD,         false",
        "vda:file vdb:lvm,   IN_IMAGE,     false",
        "vda:file vdb:lvm,   IN_IMAGE_RAM, true",
    })
    void aSnapshotWithRamAsksTheHypervisorForWhatItsPlaceNeedsAndNoMore(
            String disks, Ability lacking, boolean allowed) {
        Scene scene = Scene.where(s -> {
            s.claims = claims(disks);
            s.abilities = EnumSet.complementOf(EnumSet.of(lacking));
        });

        assertThat(codes(scene.judge(createWithRam())))
                .isEqualTo(allowed ? List.of() : List.of(Code.HYPERVISOR_UNSUPPORTED));
        if (!allowed) {
            assertThat(only(scene.judge(createWithRam())).data()).containsEntry("ability", lacking.name());
        }
    }

    @ParameterizedTest
    @CsvSource({"RAM_BESIDE, false", "IN_IMAGE_RAM, true", "HOLD, true"})
    void ramFromBesideTheDisksIsRestoredByAHypervisorThatCan(Ability lacking, boolean allowed) {
        Scene scene = Scene.where(s -> s.claims = List.of(Scene.lvm("vda")));
        scene.has(scene.snapshotOfItsDisks("ram", true), scene.snapshotOfItsDisks("plain", false));
        scene.abilities = EnumSet.complementOf(EnumSet.of(lacking));

        assertThat(codes(scene.judge(restore("ram"))))
                .isEqualTo(allowed ? List.of() : List.of(Code.HYPERVISOR_UNSUPPORTED));
        assertThat(scene.judge(restore("plain")).allowed()).isTrue();
    }

    @Test
    void snapshotsOfADriverThatTheEngineLacksCannotBeDeletedWhileTheVmIsThere() {
        Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"));
        scene.traits.remove("file");

        assertThat(only(scene.judge(delete("a"))).code()).isEqualTo(Code.NO_STORAGE_DRIVER);
        assertThat(only(scene.judge(delete("a"))).data()).containsEntry("driver", "file");
        scene.seen = false;
        assertThat(scene.judge(delete("a")).allowed()).isTrue();
    }

    private static List<DiskClaim> claims(String disks) {
        return List.of(disks.split(" ")).stream()
                .map(d -> d.split(":"))
                .map(d -> new DiskClaim(Scene.disk(d[0]), Map.of(d[1], StorageKind.OTHER)))
                .toList();
    }
}
