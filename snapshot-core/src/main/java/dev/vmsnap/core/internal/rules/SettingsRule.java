package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Actor;
import dev.vmsnap.Refusal;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSettings.Level;
import dev.vmsnap.Verdict;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Which settings are in force for a VM, and who may change them. */
public final class SettingsRule {
    private SettingsRule() {}

    /**
     * Decides each value: the VM's own word, else its template's, else the default.
     *
     * @param vm what the VM says itself
     * @param template the template it is assigned to, if that exists
     * @param defaults what holds where nobody says anything
     * @return the settings in force and which level decided each
     */
    public static SnapshotSettings.Explanation explain(
            SettingsChoice vm, Optional<SettingsTemplate> template, SnapshotSettings defaults) {
        SettingsChoice above = template.map(SettingsTemplate::choice).orElse(SettingsChoice.open());
        SettingsChoice said = above.and(vm);
        return new SnapshotSettings.Explanation(
                new SnapshotSettings(
                        said.allowUsers().orElse(defaults.allowUsers()),
                        said.limit().orElse(defaults.limit()),
                        said.allowRam().orElse(defaults.allowRam()),
                        said.allowRestore().orElse(defaults.allowRestore()),
                        said.quotaBytes().orElse(defaults.quotaBytes())),
                level(vm, above, SettingsChoice::allowUsers),
                level(vm, above, SettingsChoice::limit),
                level(vm, above, SettingsChoice::allowRam),
                level(vm, above, SettingsChoice::allowRestore),
                level(vm, above, SettingsChoice::quotaBytes),
                template.map(SettingsTemplate::name));
    }

    /**
     * Judges a change of settings or templates.
     *
     * @param actor who asks
     * @return allowed for administrators
     */
    public static Verdict change(Actor actor) {
        return PermissionRule.administrator(actor);
    }

    /**
     * Judges the assignment of a VM to a template.
     *
     * @param actor who asks
     * @param name the template's name
     * @param templates the templates there are
     * @return allowed for administrators, when there is such a template
     */
    public static Verdict assign(Actor actor, String name, Collection<SettingsTemplate> templates) {
        boolean known = templates.stream().anyMatch(template -> template.name().equals(name));
        return Findings.all(
                change(actor),
                known
                        ? Findings.NONE
                        : Findings.refused(new Refusal(
                                Refusal.Code.TEMPLATE_NOT_FOUND,
                                "There is no settings template \"" + name + "\".",
                                "Save a template of that name first, or choose one that exists.",
                                Map.of("template", name))));
    }

    private static <T> Level level(
            SettingsChoice vm, SettingsChoice template, Function<SettingsChoice, Optional<T>> value) {
        if (value.apply(vm).isPresent()) {
            return Level.VM;
        }
        return value.apply(template).isPresent() ? Level.TEMPLATE : Level.DEFAULT;
    }
}
