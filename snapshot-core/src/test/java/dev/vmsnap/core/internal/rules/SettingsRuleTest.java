package dev.vmsnap.core.internal.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSettings.Explanation;
import dev.vmsnap.SnapshotSettings.Level;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SettingsRuleTest {
    private static final SettingsTemplate GOLD =
            new SettingsTemplate("gold", SettingsChoice.open().limit(9).allowUsers(true));

    @Test
    void whereNobodySaysAnythingTheDefaultHolds() {
        assertThat(SettingsRule.explain(SettingsChoice.open(), Optional.empty(), SnapshotSettings.DEFAULT))
                .isEqualTo(new Explanation(
                        new SnapshotSettings(false, 3, false),
                        Level.DEFAULT,
                        Level.DEFAULT,
                        Level.DEFAULT,
                        Level.DEFAULT,
                        Level.DEFAULT,
                        Optional.empty()));
    }

    @Test
    void eachValueIsDecidedByItself() {
        SettingsChoice vm = SettingsChoice.open().allowUsers(false);

        assertThat(SettingsRule.explain(vm, Optional.of(GOLD), new SnapshotSettings(true, 1, true)))
                .isEqualTo(new Explanation(
                        new SnapshotSettings(false, 9, true),
                        Level.VM,
                        Level.TEMPLATE,
                        Level.DEFAULT,
                        Level.DEFAULT,
                        Level.DEFAULT,
                        Optional.of("gold")));
    }

    @Test
    void aWordThatAgreesWithTheLevelAboveIsStillAWord() {
        SettingsChoice vm = SettingsChoice.open().limit(9).allowUsers(true).allowRam(false);

        Explanation found = SettingsRule.explain(vm, Optional.of(GOLD), SnapshotSettings.DEFAULT);

        assertThat(List.of(found.allowUsers(), found.limit(), found.allowRam())).containsOnly(Level.VM);
    }

    @Test
    void aVmIsAssignedByAdministratorsToATemplateThatExists() {
        assertThat(SettingsRule.assign(Scene.ADMIN, "gold", List.of(GOLD)).allowed())
                .isTrue();
        assertThat(Scene.codes(SettingsRule.assign(Scene.USER, "silver", List.of(GOLD))))
                .containsExactly(Code.ADMINISTRATOR_ONLY, Code.TEMPLATE_NOT_FOUND);
        assertThat(SettingsRule.change(Scene.ADMIN).allowed()).isTrue();
        assertThat(SettingsRule.change(Scene.USER).allowed()).isFalse();
    }
}
