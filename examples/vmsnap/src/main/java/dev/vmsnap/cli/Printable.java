package dev.vmsnap.cli;

import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.util.Arrays;

/**
 * Makes text from outside safe to show: what a terminal would obey or a reader could not see becomes a visible escape.
 * Thread-confined, like the encoder in it.
 */
final class Printable {
    /** Blocks whose characters take two columns: East Asian scripts, full-width forms, emoji. */
    private static final int[][] WIDE = {
        {0x1100, 0x115f},
        {0x2e80, 0xa4cf},
        {0xac00, 0xd7a3},
        {0xf900, 0xfaff},
        {0xfe30, 0xfe6f},
        {0xff00, 0xff60},
        {0x1f300, 0x1faff},
        {0x20000, 0x3fffd}
    };

    private final CharsetEncoder encoder;

    Printable(Charset charset) {
        this.encoder = charset.newEncoder();
    }

    /** Tells whether the terminal has these characters. */
    boolean has(String characters) {
        return encoder.canEncode(characters);
    }

    /** One line: line breaks and tabs are escaped too. */
    String line(String text) {
        return escape(text, false);
    }

    /** Several lines: line breaks stay, tabs become blanks. */
    String lines(String text) {
        return escape(text.replace("\r\n", "\n").replace("\t", "    "), true);
    }

    /** One line of at most that many columns. */
    String line(String text, int columns) {
        String whole = line(text);
        if (width(whole) <= columns) {
            return whole;
        }
        String more = has("…") ? "…" : "...";
        StringBuilder cut = new StringBuilder();
        int room = columns - width(more);
        int used = 0;
        for (int point : whole.codePoints().toArray()) {
            used += width(point);
            if (used > room) {
                break;
            }
            cut.appendCodePoint(point);
        }
        return cut.append(more).toString();
    }

    private String escape(String text, boolean breaks) {
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            if (point == '\n' && breaks) {
                safe.append('\n');
            } else if (isVisible(point) && encoder.canEncode(Character.toString(point))) {
                safe.appendCodePoint(point);
            } else {
                safe.append(escaped(point));
            }
        });
        return safe.toString();
    }

    private static String escaped(int point) {
        return switch (point) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default ->
                point < 0x100
                        ? String.format("\\x%02x", point)
                        : String.format(point < 0x10000 ? "\\u%04x" : "\\U%08x", point);
        };
    }

    private static boolean isVisible(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE -> false;
            default -> true;
        };
    }

    /** How many columns a line takes. */
    static int width(String line) {
        return line.codePoints().map(Printable::width).sum();
    }

    private static int width(int point) {
        int type = Character.getType(point);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        boolean wide = Arrays.stream(WIDE).anyMatch(range -> point >= range[0] && point <= range[1]);
        return wide ? 2 : 1;
    }
}
