package dev.vmsnap.cli;

import dev.vmsnap.Operation.Progress;
import java.io.PrintStream;
import java.util.Locale;

/** Shows progress to a person: a bar that is drawn over on a terminal, one line for each step elsewhere. */
final class ProgressBar implements Output.ProgressDisplay {
    private static final int CELLS = 24;
    private static final String ERASE = "\r\u001b[K";

    private final PrintStream err;
    private final boolean redraw;
    private final int columns;
    private final Printable printable;
    private String shown = "";
    private boolean ended;

    ProgressBar(Terminal terminal, Printable printable) {
        this.err = terminal.err();
        this.redraw = terminal.redraws();
        this.columns = terminal.columns();
        this.printable = printable;
    }

    @Override
    public synchronized void accept(Progress progress) {
        int percent = (int) Math.floor(progress.fraction() * 100);
        if (ended || progress.code().equals("WAITING")) {
            return;
        }
        String next = redraw ? bar(progress, percent) : progress.step();
        if (next.equals(shown)) {
            return;
        }
        shown = next;
        if (redraw) {
            err.print(ERASE + next);
        } else {
            err.println(String.format(Locale.ROOT, "%3d %%  %s", percent, printable.line(progress.step())));
        }
        err.flush();
    }

    @Override
    public synchronized void close() {
        ended = true;
        if (redraw && !shown.isEmpty()) {
            err.print(ERASE);
            err.flush();
        }
    }

    private String bar(Progress progress, int percent) {
        boolean blocks = printable.has("█░");
        int full = percent * CELLS / 100;
        String cells = (blocks ? "█" : "#").repeat(full) + (blocks ? "░" : "-").repeat(CELLS - full);
        String head = String.format(Locale.ROOT, "%s %3d %%  ", cells, percent);
        return head + printable.line(progress.step(), Math.max(8, columns - Printable.width(head) - 1));
    }
}
