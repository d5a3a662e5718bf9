package dev.vmsnap.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Prints the names that may stand at the cursor, for the completion script of the shell. */
@Command(name = "complete", hidden = true, description = "Print the names that complete a command line.")
final class CompleteVerb implements Callable<Integer> {
    @ParentCommand
    private @Nullable Vmsnap vmsnap;

    @Parameters(paramLabel = "WORD", arity = "0..*", description = "The words so far; the last one is to be completed.")
    private List<String> words = List.of();

    @Override
    public Integer call() {
        if (vmsnap == null) {
            throw new IllegalStateException("a verb runs below vmsnap");
        }
        vmsnap.complete(words);
        return ExitCode.DONE;
    }
}
