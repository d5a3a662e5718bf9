package dev.vmsnap.cli;

import java.util.ArrayList;
import java.util.List;

/** Breaks a line between words where a terminal would break it anywhere. */
final class Fold {
    /** With less room than that, a terminal's own breaks are better to read. */
    private static final int NARROW = 20;

    private Fold() {}

    /**
     * Returns the lines.
     *
     * @param text one printable line
     * @param first how many columns there are for the first line
     * @param others how many there are for each of the others
     * @return at least one; a word that fits nowhere has a line of its own
     */
    static List<String> lines(String text, int first, int others) {
        if (others < NARROW) {
            return List.of(text);
        }
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        int left = first;
        for (String word : text.split(" ", -1)) {
            int width = Printable.width(word);
            boolean begins = line.isEmpty();
            if (!begins && width + 1 > left) {
                lines.add(line.toString());
                line.setLength(0);
                left = others;
                begins = true;
            }
            line.append(begins ? "" : " ").append(word);
            left -= begins ? width : width + 1;
        }
        lines.add(line.toString());
        return lines;
    }
}
