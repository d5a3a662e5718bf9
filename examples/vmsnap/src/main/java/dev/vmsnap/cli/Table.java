package dev.vmsnap.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Columns of text, as wide as what stands in them. Cells are printable already and have no colours. */
final class Table {
    private final List<String[]> rows = new ArrayList<>();

    Table(String... heads) {
        rows.add(heads);
    }

    void row(String... cells) {
        rows.add(cells);
    }

    void print(PrintStream out, Style style) {
        int[] widths = new int[rows.get(0).length];
        for (String[] row : rows) {
            Arrays.setAll(widths, i -> Math.max(widths[i], Printable.width(row[i])));
        }
        for (int at = 0; at < rows.size(); at++) {
            String line = line(rows.get(at), widths);
            out.println(at == 0 ? style.dim(line) : line);
        }
    }

    private static String line(String[] row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.length; i++) {
            line.append(row[i]);
            if (i < row.length - 1) {
                line.append(" ".repeat(widths[i] - Printable.width(row[i]) + 2));
            }
        }
        return line.toString().stripTrailing();
    }
}
