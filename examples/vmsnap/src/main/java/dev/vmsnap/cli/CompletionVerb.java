package dev.vmsnap.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "generate-completion",
        mixinStandardHelpOptions = true,
        description = {
            "Print completion for bash and zsh: source <(vmsnap generate-completion)",
            "In bash it knows the names of VMs, snapshots and templates too."
        })
final class CompletionVerb implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        root.getOut().print(AutoComplete.bash(root.getCommandName(), root));
        root.getOut().print(names());
        root.getOut().flush();
        return ExitCode.DONE;
    }

    private static String names() {
        try (InputStream in = CompletionVerb.class.getResourceAsStream("completion.bash")) {
            if (in == null) {
                throw new IllegalStateException("completion.bash is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
