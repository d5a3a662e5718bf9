package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.ADMIN;
import static dev.vmsnap.core.internal.rules.Scene.USER;
import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.StorageKind;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PermissionRuleTest {

    @Test
    void settingsAreForAdministratorsOnlyEvenWhereUsersMayWorkWithSnapshots() {
        Scene scene = Scene.where(s -> s.settings = new SnapshotSettings(true, 3, true));

        assertThat(codes(scene.judge(new Intent.Configure(), USER))).containsExactly(Code.ADMINISTRATOR_ONLY);
        assertThat(scene.judge(new Intent.Configure(), ADMIN).allowed()).isTrue();
    }

    @Test
    void whatTheHostDoesItselfDependsOnSnapshotsNotOnWhoAsks() {
        Scene scene = Scene.where(s -> s.settings = new SnapshotSettings(false, 3, false))
                .has(snapshot("a", false, "vda"));
        List<Intent> intents = List.of(
                new Intent.Reconfigure(Set.of()),
                new Intent.MigrateCold("node-2", StorageKind.NAS),
                new Intent.MigrateLive("node-2", StorageKind.FILE),
                new Intent.Clone(),
                new Intent.DeleteVm());

        for (Intent intent : intents) {
            assertThat(scene.judge(intent, USER)).as("%s", intent).isEqualTo(scene.judge(intent, ADMIN));
        }
    }

    @Test
    void theRefusalNamesTheVmAndWhoAsked() {
        assertThat(only(Scene.ordinary().judge(Scene.create(), USER)).message()).contains("\"web\"");
        assertThat(only(Scene.ordinary().judge(Scene.create(), USER)).data()).containsEntry("actor", "uwe");
    }

    @Test
    void aRefusedUserHearsEveryOtherReasonToo() {
        Scene scene = Scene.where(s -> {
            s.settings = new SnapshotSettings(false, 0, false);
            s.savedState = true;
        });

        assertThat(codes(scene.judge(Scene.createWithRam(), USER)))
                .containsExactlyInAnyOrder(
                        Code.USERS_NOT_ALLOWED, Code.LIMIT_REACHED, Code.RAM_NOT_ALLOWED, Code.SAVED_STATE_EXISTS);
    }
}
