package dev.vmsnap.cli;

import dev.vmsnap.RecoveryReport.Recovered;
import java.io.PrintStream;

/** Prints how an operation that was left open has ended. */
final class Outcome {
    private final Style style;

    Outcome(Style style) {
        this.style = style;
    }

    void print(PrintStream out, Vm vm, Recovered recovered) {
        String outcome = Units.words(recovered.outcome());
        String coloured =
                switch (recovered.outcome()) {
                    case FINISHED, UNDONE -> style.good(outcome);
                    case IN_PROGRESS -> outcome;
                    case UNAVAILABLE, STILL_OPEN -> style.warning(outcome);
                    case ABANDONED -> style.bad(outcome);
                };
        // A record that cannot be read keeps its VM from being recovered before there is an operation.
        String operation =
                recovered.operation().isBlank() ? "" : " (operation " + style.safe(recovered.operation()) + ")";
        out.println(coloured + ": " + Units.words(recovered.verb()) + " of " + style.safe(vm.name()) + operation);
        if (!recovered.detail().isBlank()) {
            out.println(style.paragraph(2, recovered.detail()));
        }
        String next = next(vm, recovered);
        if (!next.isEmpty()) {
            out.println(style.paragraph(2, "to go on:", style::plain, next));
        }
    }

    private static String next(Vm vm, Recovered recovered) {
        return switch (recovered.outcome()) {
            case FINISHED, UNDONE, STILL_OPEN, IN_PROGRESS -> "";
            case UNAVAILABLE -> "Delete the snapshot, which cannot be restored; that needs no free space.";
            case ABANDONED ->
                "The disks of " + vm.name() + " may be between two states: restore a snapshot of it before it is used.";
        };
    }
}
