package dev.vmsnap.cli;

import dev.vmsnap.CancelledException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Set;

/** Asks a person on a terminal; elsewhere everybody agrees, because nobody is there to answer. */
final class Confirmation {
    private static final Set<String> YES = Set.of("y", "yes");
    private static final int LONGEST = 80;

    private final Terminal terminal;
    private final boolean asks;

    Confirmation(Terminal terminal, boolean json) {
        this.terminal = terminal;
        this.asks = terminal.answers() && !json;
    }

    void require(String question) {
        if (!asks) {
            return;
        }
        terminal.err().print(Style.ofFailures(terminal).paragraph(0, question + " [y/N]") + " ");
        terminal.err().flush();
        if (!YES.contains(answer().strip().toLowerCase(Locale.ROOT))) {
            throw new CancelledException("Not confirmed, so nothing was done.");
        }
    }

    private String answer() {
        try {
            InputStream in = terminal.in();
            StringBuilder line = new StringBuilder();
            for (int octet = in.read(); octet >= 0 && octet != '\n'; octet = in.read()) {
                if (line.length() < LONGEST) {
                    line.append((char) octet);
                }
            }
            return line.toString();
        } catch (IOException e) {
            return "";
        }
    }
}
