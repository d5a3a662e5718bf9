package dev.vmsnap.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** One verb of the command line. */
@Command
abstract class Verb implements Callable<Integer> {
    @ParentCommand
    private @Nullable Vmsnap vmsnap;

    // Only picocli reads it.
    @SuppressWarnings("UnusedVariable")
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and do nothing.")
    private boolean help;

    /** Does it and returns the exit code; failures are thrown. */
    abstract int run(Session session);

    @Override
    public final Integer call() {
        if (vmsnap == null) {
            throw new IllegalStateException("a verb runs below vmsnap");
        }
        try (Session session = vmsnap.open()) {
            return run(session);
        }
    }
}
