package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Actor;
import dev.vmsnap.Refusal;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSettings.Level;
import dev.vmsnap.Verdict;
import dev.vmsnap.spi.VmRecord;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

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
        return Findings.all(change(actor), known(name, templates));
    }

    /**
     * Judges the renaming of a template.
     *
     * @param actor who asks
     * @param name the template's name
     * @param next its new name
     * @param templates the templates there are
     * @return allowed for administrators, if there is such a template and no other one of the new name with other settings
     */
    public static Verdict rename(Actor actor, String name, String next, Collection<SettingsTemplate> templates) {
        Optional<SettingsTemplate> old = named(name, templates);
        boolean taken = named(next, templates)
                .filter(other ->
                        old.filter(t -> t.choice().equals(other.choice())).isEmpty())
                .isPresent();
        return Findings.all(
                change(actor),
                known(name, templates),
                taken
                        ? Findings.refused(new Refusal(
                                Refusal.Code.TEMPLATE_EXISTS,
                                "There is another settings template \"" + next + "\".",
                                "Choose another name, or remove that template first.",
                                Map.of("template", next)))
                        : Findings.NONE);
    }

    /**
     * Judges the removal of a template.
     *
     * @param name the template's name
     * @param assigned the records that are assigned to it
     * @return allowed if no VM is assigned to it
     */
    public static Verdict unused(String name, Collection<VmRecord> assigned) {
        String vms = assigned.stream()
                .map(record -> record.name().isBlank() ? record.vm().value() : record.name())
                .sorted()
                .collect(Collectors.joining(", "));
        return assigned.isEmpty()
                ? Findings.NONE
                : Findings.refused(new Refusal(
                        Refusal.Code.TEMPLATE_IN_USE,
                        "VMs are assigned to the settings template \"" + name + "\": " + vms + ".",
                        "Unassign these VMs, or assign them to another template, first.",
                        Map.of("template", name, "vms", vms)));
    }

    private static Verdict known(String name, Collection<SettingsTemplate> templates) {
        return named(name, templates).isPresent()
                ? Findings.NONE
                : Findings.refused(new Refusal(
                        Refusal.Code.TEMPLATE_NOT_FOUND,
                        "There is no settings template \"" + name + "\".",
                        "Save a template of that name first, or choose one that exists.",
                        Map.of("template", name)));
    }

    private static Optional<SettingsTemplate> named(String name, Collection<SettingsTemplate> templates) {
        return templates.stream().filter(t -> t.name().equals(name)).findFirst();
    }

    private static <T> Level level(
            SettingsChoice vm, SettingsChoice template, Function<SettingsChoice, Optional<T>> value) {
        if (value.apply(vm).isPresent()) {
            return Level.VM;
        }
        return value.apply(template).isPresent() ? Level.TEMPLATE : Level.DEFAULT;
    }
}
