package dev.vmsnap.cli;

import dev.vmsnap.DriverException;
import dev.vmsnap.Finding;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "probe",
        description =
                "Ask each node, and this machine, what it lacks: libraries, programs, versions, rights, a right clock.")
final class ProbeVerb implements Callable<Integer> {
    @ParentCommand
    private @Nullable Vmsnap vmsnap;

    // Only picocli reads it.
    @SuppressWarnings("UnusedVariable")
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and do nothing.")
    private boolean help;

    @Override
    public Integer call() {
        if (vmsnap == null) {
            throw new IllegalStateException("a verb runs below vmsnap");
        }
        List<Finding> findings = findings(vmsnap);
        vmsnap.output().probed(findings);
        return findings.isEmpty() ? ExitCode.DONE : ExitCode.REPAIR_NEEDED;
    }

    /** A store that cannot be opened is what this verb is there to find, such as SQLite in a temporary directory noexec. */
    private static List<Finding> findings(Vmsnap vmsnap) {
        try (Session session = vmsnap.open()) {
            return session.snapshots().doctor();
        } catch (DriverException e) {
            return List.of(new Finding(
                    Finding.Kind.NODE_LACKS,
                    Optional.empty(),
                    "this machine",
                    "On this machine, " + e.getMessage(),
                    e.recovery(),
                    Map.of("lacks", String.valueOf(e.getMessage()))));
        }
    }
}
