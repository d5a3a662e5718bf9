package dev.vmsnap.cli;

import java.io.PrintStream;

/** Prints how something failed, and how to go on. */
final class Complaint {
    private Complaint() {}

    static void print(PrintStream out, Style style, int indent, Failure failure) {
        if (failure.refusals().isEmpty()) {
            out.println(style.paragraph(indent, failure.kind() + ":", style::bad, failure.message()));
            if (!failure.recovery().isBlank()) {
                out.println(style.paragraph(indent + 2, "to go on:", style::plain, failure.recovery()));
            }
        } else {
            out.println(" ".repeat(indent) + style.bad(failure.kind() + ":"));
            Refusals.print(out, style, indent + 2, failure.refusals());
        }
    }
}
