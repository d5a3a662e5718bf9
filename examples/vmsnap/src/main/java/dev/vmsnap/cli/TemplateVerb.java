package dev.vmsnap.cli;

import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "template", description = "Show settings templates, or save one; VMs assigned to it follow at once.")
final class TemplateVerb extends Verb {
    @Parameters(paramLabel = "NAME", arity = "0..1", description = "The template; all are shown when there is none.")
    private @Nullable String name;

    @Mixin
    private ChoiceOptions options = new ChoiceOptions();

    @Override
    int run(Session session) {
        List<SettingsTemplate> templates = session.snapshots().templates();
        if (name == null) {
            if (options.any()) {
                throw new UsageException("Which template? Its NAME is missing.");
            }
            session.output().templates(templates);
            return ExitCode.DONE;
        }
        String wanted = name;
        Optional<SettingsTemplate> old =
                templates.stream().filter(t -> t.name().equals(wanted)).findFirst();
        if (!options.any()) {
            session.output().template(old.orElseThrow(() -> unknown(wanted)));
            return ExitCode.DONE;
        }
        SettingsTemplate now =
                template(wanted, options.on(old.map(SettingsTemplate::choice).orElse(SettingsChoice.open())));
        session.change(() -> {
            session.snapshots().saveTemplate(now, session.actor());
            return now;
        });
        session.output().template(now);
        return ExitCode.DONE;
    }

    private static SettingsTemplate template(String name, SettingsChoice choice) {
        try {
            return new SettingsTemplate(name, choice);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage() + ".");
        }
    }

    private static RefusedException unknown(String name) {
        return new RefusedException(List.of(new Refusal(
                Refusal.Code.TEMPLATE_NOT_FOUND,
                "There is no template '" + name + "'.",
                "Look at 'vmsnap template' for those there are, or save it with the settings it should have.",
                Map.of("template", name))));
    }
}
