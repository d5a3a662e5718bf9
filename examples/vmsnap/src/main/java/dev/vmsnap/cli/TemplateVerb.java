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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "template",
        description = {
            "Show settings templates, or save one; VMs assigned to it follow at once.",
            "One is renamed with its VMs, and removed if no VM is assigned to it."
        })
final class TemplateVerb extends Verb {
    @Parameters(paramLabel = "NAME", arity = "0..1", description = "The template; all are shown when there is none.")
    private @Nullable String name;

    @Mixin
    private ChoiceOptions options = new ChoiceOptions();

    @Option(names = "--rename", paramLabel = "NEW", description = "Rename it; its VMs follow.")
    private @Nullable String renamed;

    @Option(names = "--remove", description = "Remove it.")
    private boolean removed;

    @Override
    int run(Session session) {
        int wishes = (options.any() ? 1 : 0) + (renamed != null ? 1 : 0) + (removed ? 1 : 0);
        if (wishes > 1) {
            throw new UsageException("--rename, --remove and settings exclude each other.");
        }
        List<SettingsTemplate> templates = session.snapshots().templates();
        if (name == null) {
            if (wishes > 0) {
                throw new UsageException("Which template? Its NAME is missing.");
            }
            session.output().templates(templates);
            return ExitCode.DONE;
        }
        String wanted = name;
        Optional<SettingsTemplate> old =
                templates.stream().filter(t -> t.name().equals(wanted)).findFirst();
        if (removed) {
            return remove(session, wanted);
        }
        if (renamed != null) {
            return rename(session, wanted, renamed);
        }
        if (wishes == 0) {
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

    private static int remove(Session session, String name) {
        return shown(session, () -> session.snapshots().removeTemplate(name, session.actor()));
    }

    private static int rename(Session session, String name, String next) {
        template(next, SettingsChoice.open());
        return shown(session, () -> session.snapshots().renameTemplate(name, next, session.actor()));
    }

    /** Makes a change and shows the templates that there are then. */
    private static int shown(Session session, Runnable change) {
        session.output().templates(session.change(() -> {
            change.run();
            return session.snapshots().templates();
        }));
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
                "There is no template \"" + name + "\".",
                "Look at 'vmsnap template' for those there are, or save it with the settings it should have.",
                Map.of("template", name))));
    }
}
