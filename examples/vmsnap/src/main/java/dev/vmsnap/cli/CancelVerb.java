package dev.vmsnap.cli;

import dev.vmsnap.Operation;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "cancel",
        description = {
            "Ask an operation of any process to stop; it undoes what it did.",
            "One that is past its point of no return goes on to its end."
        })
final class CancelVerb extends Verb {
    /** An id is long, so its beginning will do. */
    private static final int SHORTEST = 8;

    @Parameters(paramLabel = "OPERATION", description = "The operation's id, or its beginning (8 characters or more).")
    private String operation = "";

    @Override
    int run(Session session) {
        List<String> meant = session.snapshots().operations().stream()
                .filter(Operation.Summary::alive)
                .map(Operation.Summary::id)
                .filter(id -> id.equals(operation) || (operation.length() >= SHORTEST && id.startsWith(operation)))
                .toList();
        if (meant.size() != 1 || !session.change(() -> session.snapshots().cancel(meant.get(0), session.actor()))) {
            throw new UsageException("No operation '" + operation + "' runs; 'vmsnap ops' lists those that do.");
        }
        session.output().cancelled(meant.get(0));
        return ExitCode.DONE;
    }
}
