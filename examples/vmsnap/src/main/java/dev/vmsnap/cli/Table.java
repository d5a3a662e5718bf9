package dev.vmsnap.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Columns of text, as wide as what stands in them; where they are too wide for the terminal, those with names of people's
 * making give way. Cells are printable already and have no colours.
 */
final class Table {
    private static final int NARROWEST = 8;
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();
    private final Set<Integer> givingWay;

    /**
     * Makes one without rows.
     *
     * @param heads what stands above each column
     * @param givingWay which columns may be cut, counted from 0
     */
    Table(List<String> heads, Set<Integer> givingWay) {
        rows.add(heads);
        this.givingWay = givingWay;
    }

    void row(List<String> cells) {
        rows.add(cells);
    }

    void print(PrintStream out, Style style) {
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            Arrays.setAll(widths, i -> Math.max(widths[i], Printable.width(row.get(i))));
        }
        narrow(widths, style.columns());
        for (int at = 0; at < rows.size(); at++) {
            String line = line(rows.get(at), widths, style);
            out.println(at == 0 ? style.dim(line) : line);
        }
    }

    /** Takes a column at a time from the widest that gives way. */
    private void narrow(int[] widths, int columns) {
        int whole = Arrays.stream(widths).sum() + GAP.length() * (widths.length - 1);
        for (; whole > columns; whole--) {
            Optional<Integer> widest =
                    givingWay.stream().filter(i -> widths[i] > NARROWEST).max(Comparator.comparing(i -> widths[i]));
            if (widest.isEmpty()) {
                return;
            }
            widths[widest.get()]--;
        }
    }

    private String line(List<String> row, int[] widths, Style style) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
            String cell = givingWay.contains(i) ? style.safe().line(row.get(i), widths[i]) : row.get(i);
            line.append(cell);
            if (i < row.size() - 1) {
                line.append(" ".repeat(widths[i] - Printable.width(cell))).append(GAP);
            }
        }
        return line.toString().stripTrailing();
    }
}
