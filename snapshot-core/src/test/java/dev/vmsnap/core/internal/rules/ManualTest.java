package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.ADMIN;
import static dev.vmsnap.core.internal.rules.Scene.USER;
import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.create;
import static dev.vmsnap.core.internal.rules.Scene.createWithRam;
import static dev.vmsnap.core.internal.rules.Scene.delete;
import static dev.vmsnap.core.internal.rules.Scene.notices;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.restore;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules of the platform's manual, sentence by sentence. */
final class ManualTest {

    @ParameterizedTest
    @CsvSource({
        "true, RUNNING,",
        "true, PAUSED,",
        "true, OFF, VM_NOT_RUNNING",
        "true, OTHER, VM_STATE_UNSUPPORTED",
        "false, RUNNING, RAM_NOT_ALLOWED",
    })
    void ramCanBeSavedOnlyWhenTheSettingsAllowItAndTheVmIsRunning(boolean allowed, PowerState power, Code refusal) {
        Scene scene = Scene.where(s -> {
            s.settings = new SnapshotSettings(true, 3, allowed);
            s.power = power;
        });

        assertThat(codes(scene.judge(createWithRam()))).isEqualTo(refusal == null ? List.of() : List.of(refusal));
    }

    @ParameterizedTest
    @EnumSource(
            value = PowerState.class,
            names = {"RUNNING", "PAUSED", "OFF"})
    void diskSnapshotsWorkOnRunningAndStoppedVms(PowerState power) {
        assertThat(Scene.where(s -> s.power = power).judge(create()).allowed()).isTrue();
    }

    @Test
    void theLimitPerVmIsThreeByDefaultSoTheFourthIsRefused() {
        Scene scene = Scene.where(s -> s.settings = SnapshotSettings.DEFAULT).has(snapshot("a", false, "vda"));
        scene.has(snapshot("b", false, "vda"));
        assertThat(scene.judge(create()).allowed()).isTrue();

        scene.has(snapshot("c", false, "vda"));

        assertThat(only(scene.judge(create())).data())
                .containsEntry("limit", "3")
                .containsEntry("count", "3");
        assertThat(codes(scene.judge(create()))).containsExactly(Code.LIMIT_REACHED);
    }

    @Test
    void loweringTheLimitBelowWhatExistsDeletesNothingItOnlyStopsNewOnes() {
        Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"), snapshot("b", false, "vda"));
        scene.settings = new SnapshotSettings(false, 1, false);

        assertThat(codes(scene.judge(create()))).containsExactly(Code.LIMIT_REACHED);
        assertThat(scene.judge(restore("a")).allowed()).isTrue();
        assertThat(scene.judge(delete("b")).allowed()).isTrue();
        assertThat(scene.situation().record().tree().size()).isEqualTo(2);
    }

    @Test
    void newVmsTakeTheirSettingsFromTheirConfigurationTemplate() {
        SettingsTemplate template = new SettingsTemplate(
                "gold", SettingsChoice.open().allowUsers(true).limit(9).allowRam(true));

        assertThat(SettingsRule.explain(SettingsChoice.open(), Optional.of(template), SnapshotSettings.DEFAULT)
                        .settings())
                .isEqualTo(new SnapshotSettings(true, 9, true));
    }

    @Test
    void changingATemplateOrAVmsSettingsNeverTouchesExistingSnapshots() {
        Scene scene = Scene.ordinary().has(snapshot("ram", true, "vda"));
        scene.settings = new SnapshotSettings(false, 0, false);

        assertThat(scene.judge(restore("ram")).allowed()).isTrue();
        assertThat(scene.judge(delete("ram")).allowed()).isTrue();
        assertThat(scene.judge(new Intent.Edit(SnapshotId.of("ram"), Snapshot.Labels.named("new")))
                        .allowed())
                .isTrue();
    }

    @Test
    void usersWorkWithSnapshotsOnlyWhenTheVmsSettingsAllowItAdministratorsAlwaysMay() {
        Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"));
        List<Intent> verbs = List.of(
                create(),
                restore("a"),
                new Intent.Edit(SnapshotId.of("a"), Snapshot.Labels.named("new")),
                delete("a"),
                new Intent.DeleteAll());

        for (Intent verb : verbs) {
            scene.settings = new SnapshotSettings(false, 3, false);
            assertThat(codes(scene.judge(verb, USER))).as("%s", verb).containsExactly(Code.USERS_NOT_ALLOWED);
            assertThat(scene.judge(verb, ADMIN).allowed()).as("%s", verb).isTrue();
            scene.settings = new SnapshotSettings(true, 3, false);
            assertThat(scene.judge(verb, USER).allowed()).as("%s", verb).isTrue();
        }
    }

    @Test
    void aNewSnapshotNeedsNoNameSinceDateAndTimeAreTheDefault() {
        assertThat(Scene.ordinary().judge(create()).allowed()).isTrue();
    }

    @Test
    void nameAndCommentCanBeEditedLater() {
        Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"));

        assertThat(scene.judge(new Intent.Edit(
                                SnapshotId.of("a"),
                                Snapshot.Labels.named("before upgrade").comment("kernel 6.12")))
                        .allowed())
                .isTrue();
    }

    @Test
    void aVmWithSnapshotsHasItsConfigurationLocked() {
        Intent intent = new Intent.Reconfigure(Set.of("memory"));
        assertThat(Scene.ordinary().judge(intent).allowed()).isTrue();

        Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"), snapshot("b", false, "vda"));

        assertThat(codes(scene.judge(intent))).containsExactly(Code.CONFIGURATION_LOCKED);
        assertThat(only(scene.judge(intent)).data()).containsEntry("count", "2").containsEntry("what", "memory");
        assertThat(only(scene.judge(intent)).remedy()).contains("Delete").contains("clone");
    }

    @ParameterizedTest
    @EnumSource(StorageKind.class)
    void aVmWithSnapshotsIsNotMigratedLive(StorageKind to) {
        Intent intent = new Intent.MigrateLive("node-2", to);
        assertThat(Scene.ordinary().judge(intent).allowed()).isTrue();

        assertThat(codes(Scene.ordinary().has(snapshot("a", false, "vda")).judge(intent)))
                .containsExactly(Code.LIVE_MIGRATION_LOCKED);
    }

    @Test
    void coldMigrationIsAllowedOnlyFromFileToFileAndFromNetworkLvmToNetworkLvm() {
        for (StorageKind from : StorageKind.values()) {
            for (StorageKind to : StorageKind.values()) {
                Snapshot snapshot = Scene.withVolumes(snapshot("a", false), List.of(Scene.volume("vda", from)));
                Scene scene = Scene.where(s -> s.power = PowerState.OFF);
                scene.tree = scene.tree.grow(snapshot);
                boolean portable = from == to && (from == StorageKind.FILE || from == StorageKind.NETWORK_LVM);

                assertThat(codes(scene.judge(new Intent.MigrateCold("node-2", to))))
                        .as("%s to %s", from, to)
                        .isEqualTo(portable ? List.of() : List.of(Code.COLD_MIGRATION_LOCKED));
            }
        }
    }

    @Test
    void aCloneGetsTheCurrentStateAndNoSnapshots() {
        assertThat(notices(Scene.ordinary().judge(new Intent.Clone()))).isEmpty();

        Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"));

        assertThat(scene.judge(new Intent.Clone()).allowed()).isTrue();
        assertThat(notices(scene.judge(new Intent.Clone()))).containsExactly(Notice.Code.SNAPSHOTS_STAY_BEHIND);
    }

    @Test
    void deletingTheVmDeletesItsSnapshots() {
        assertThat(notices(Scene.ordinary().judge(new Intent.DeleteVm()))).isEmpty();

        Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"));

        assertThat(scene.judge(new Intent.DeleteVm(), USER).allowed()).isTrue();
        assertThat(notices(scene.judge(new Intent.DeleteVm(), USER))).containsExactly(Notice.Code.SNAPSHOTS_GO_TOO);
    }

    @ParameterizedTest
    @EnumSource(PowerState.class)
    void restoreWorksInEveryPowerStateEvenOfACrashedVm(PowerState power) {
        Scene scene = Scene.where(s -> s.power = power).has(snapshot("a", false, "vda"), snapshot("b", true, "vda"));

        assertThat(scene.judge(restore("a")).allowed()).isTrue();
        assertThat(scene.judge(restore("b")).allowed()).isTrue();
    }

    @Test
    void onFileAndNasASnapshotLivesInTheSameFileSoADiskOfEachTakesPart() {
        Scene scene = Scene.where(s -> {
            s.claims.add(new DiskClaim(Scene.disk("vdb"), Map.of("nas", StorageKind.NAS)));
            s.traits.put("nas", s.traits.get("file"));
        });

        assertThat(scene.judge(create()).allowed()).isTrue();
        assertThat(scene.judge(createWithRam()).allowed()).isTrue();
    }

    @Test
    void onLvmASnapshotIsASeparateVolumeSoADiskOfItTakesPartBesideAFile() {
        Scene scene = Scene.where(s -> s.claims.add(Scene.lvm("vdb")));

        assertThat(scene.judge(create()).allowed()).isTrue();
        assertThat(Participation.of(scene.claims, false).volumes())
                .extracting(v -> v.target() + " " + v.kind() + " " + v.storage())
                .containsExactly("vda FILE file", "vdb LOCAL_LVM lvm");
    }

    @Test
    void cephAndAnythingNobodyOwnsIsRefusedWithTheReason() {
        Disk rbd = new Disk("vdb", Device.DISK, SourceType.RBD, Optional.of("rbd:pool/image"), Optional.of("raw"));
        Scene ceph = Scene.where(s -> s.claims.add(new DiskClaim(rbd, Map.of())));
        Scene unowned = Scene.where(s -> s.claims.add(new DiskClaim(Scene.disk("vdb"), Map.of())));

        assertThat(only(ceph.judge(create())).code()).isEqualTo(Code.STORAGE_UNSUPPORTED);
        assertThat(only(ceph.judge(create())).message()).contains("vdb").contains("Ceph RBD");
        assertThat(only(unowned.judge(create())).code()).isEqualTo(Code.NO_STORAGE_DRIVER);
        assertThat(only(unowned.judge(create())).data()).containsEntry("disk", "vdb");
    }

    @ParameterizedTest
    @EnumSource(Snapshot.Reason.class)
    void aSnapshotThatIsUnavailableCannotBeRestoredAndCanBeDeleted(Snapshot.Reason reason) {
        Scene scene = Scene.ordinary();
        scene.tree = scene.tree.grow(snapshot("a", true, "vda").unavailable(reason));
        scene.state("vda", state -> Scene.room(state, "/images", 0, Scene.GIB));

        assertThat(only(scene.judge(restore("a"))).code()).isEqualTo(Code.SNAPSHOT_UNAVAILABLE);
        assertThat(only(scene.judge(restore("a"))).data()).containsEntry("reason", reason.name());
        assertThat(only(scene.judge(restore("a"))).remedy()).contains("Delete it");
        assertThat(scene.judge(delete("a")).allowed()).isTrue();
    }
}
