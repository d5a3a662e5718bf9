package dev.vmsnap.cli;

import dev.vmsnap.Refusal;
import java.io.PrintStream;
import java.util.List;

/** Prints why not, and how to fix it. */
final class Refusals {
    private Refusals() {}

    static void print(PrintStream out, Style style, List<Refusal> refusals) {
        for (Refusal refusal : refusals) {
            out.println("  " + style.bad(refusal.code().name()) + ": " + style.safe(refusal.message()));
            if (!refusal.remedy().isBlank()) {
                out.println("    to fix: " + style.safe(refusal.remedy()));
            }
        }
    }
}
