package dev.vmsnap.core.internal.run;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.core.internal.rules.SettingsRule;
import dev.vmsnap.spi.VmRecord;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Changes settings and templates. Needs no lease: a change is one compare-and-set, and touches no snapshot. */
final class Settings {
    private static final int ATTEMPTS = 50;

    private final Wiring wiring;
    private final Survey survey;
    private final Events events;

    Settings(Wiring wiring, Survey survey, Events events) {
        this.wiring = wiring;
        this.survey = survey;
        this.events = events;
    }

    SnapshotSettings.Explanation configure(VmId vm, SettingsChoice choice, Actor actor) {
        return change(vm, actor, r -> r.withSettings(r.template(), choice), "settings: " + choice);
    }

    SnapshotSettings.Explanation assign(VmId vm, String template, Actor actor) {
        SettingsRule.assign(actor, template, wiring.store().templates()).orThrow();
        return change(vm, actor, r -> r.withSettings(Optional.of(template), r.choice()), "template: " + template);
    }

    SnapshotSettings.Explanation unassign(VmId vm, Actor actor) {
        return change(vm, actor, r -> r.withSettings(Optional.empty(), r.choice()), "no template");
    }

    void removeTemplate(String template, Actor actor) {
        SettingsRule.change(actor).orThrow();
        if (!wiring.store().removeTemplate(template)) {
            SettingsRule.unused(template, assigned(template)).orThrow();
        }
    }

    /** In an order that leaves each VM with its settings wherever it ends: the new name, the VMs, the old name. */
    void renameTemplate(String template, String name, Actor actor) {
        List<SettingsTemplate> templates = wiring.store().templates();
        SettingsRule.rename(actor, template, name, templates).orThrow();
        if (template.equals(name)) {
            return;
        }
        templates.stream().filter(t -> t.name().equals(template)).findFirst().ifPresent(t -> wiring.store()
                .saveTemplate(new SettingsTemplate(name, t.choice())));
        assigned(template)
                .forEach(record -> change(
                        record.vm(),
                        actor,
                        r -> r.template().filter(template::equals).isPresent()
                                ? r.withSettings(Optional.of(name), r.choice())
                                : r,
                        "template: " + name));
        removeTemplate(template, actor);
    }

    private List<VmRecord> assigned(String template) {
        return wiring.store().all().stream()
                .flatMap(stored -> stored.sound().stream())
                .filter(record -> record.template().filter(template::equals).isPresent())
                .toList();
    }

    void saveTemplate(SettingsTemplate template, Actor actor) {
        SettingsRule.change(actor).orThrow();
        wiring.store().saveTemplate(template);
    }

    private SnapshotSettings.Explanation change(VmId vm, Actor actor, UnaryOperator<VmRecord> change, String detail) {
        SettingsRule.change(actor).orThrow();
        for (int attempt = 1; ; attempt++) {
            try {
                VmRecord saved = wiring.store().save(change.apply(survey.record(vm)));
                events.tell(actor, vm, Verb.CONFIGURE, Phase.FINISHED, "", List.of(), detail);
                return survey.settings(saved);
            } catch (DriverException e) {
                if (e.reason() != DriverException.Reason.CONFLICT || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }
}
