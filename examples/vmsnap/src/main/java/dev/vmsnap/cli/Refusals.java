package dev.vmsnap.cli;

import dev.vmsnap.Refusal;
import java.io.PrintStream;
import java.util.List;

/** Prints why not, and how to fix it. */
final class Refusals {
    private Refusals() {}

    static void print(PrintStream out, Style style, int indent, List<Refusal> refusals) {
        refusals.stream()
                .map(refusal -> paragraphs(style, indent, refusal))
                // What is so of several disks is said once.
                .distinct()
                .forEach(out::println);
    }

    private static String paragraphs(Style style, int indent, Refusal refusal) {
        String why = style.paragraph(indent, refusal.code().name() + ":", style::bad, refusal.message());
        String remedy = Remedies.of(refusal);
        return remedy.isBlank()
                ? why
                : why + System.lineSeparator() + style.paragraph(indent + 2, "to fix:", style::plain, remedy);
    }
}
