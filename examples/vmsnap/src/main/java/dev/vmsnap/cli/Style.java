package dev.vmsnap.cli;

import java.util.Iterator;
import java.util.function.UnaryOperator;

/** How text looks on one terminal: colours, line drawing, which characters it has, and where it ends. */
final class Style {
    private static final int ENDLESS = Integer.MAX_VALUE / 2;

    private final boolean colours;
    private final Printable printable;
    private final boolean drawing;
    private final int columns;

    private Style(boolean colours, Printable printable, int columns) {
        this.colours = colours;
        this.printable = printable;
        this.drawing = printable.has("├└│─●…");
        this.columns = columns;
    }

    /** For results. */
    static Style ofOutput(Terminal terminal, boolean colours) {
        return new Style(
                colours && terminal.colourful(),
                new Printable(terminal.charset()),
                terminal.outIsTerminal() ? terminal.columns() : ENDLESS);
    }

    /** For failures, which have no colours. */
    static Style ofFailures(Terminal terminal) {
        return new Style(
                false, new Printable(terminal.charset()), terminal.errIsTerminal() ? terminal.columns() : ENDLESS);
    }

    Printable safe() {
        return printable;
    }

    String safe(String text) {
        return printable.line(text);
    }

    /** How wide a line may be; where nobody reads along, as wide as it likes. */
    int columns() {
        return columns;
    }

    /**
     * Returns a text, whoever wrote it, as lines that end where the terminal does and are set in below the first.
     *
     * @param indent how far the first line is set in
     * @param label what the text begins with
     * @param look how the label looks
     * @param text the text
     */
    String paragraph(int indent, String label, UnaryOperator<String> look, String text) {
        String begin = safe(label);
        int room = columns - indent - 2;
        StringBuilder paragraph = new StringBuilder(" ".repeat(indent)).append(look.apply(begin));
        Iterator<String> lines = Fold.lines(safe(text), columns - indent - Printable.width(begin) - 1, room)
                .iterator();
        paragraph.append(begin.isEmpty() ? "" : " ").append(lines.next());
        lines.forEachRemaining(line -> paragraph
                .append(System.lineSeparator())
                .append(" ".repeat(indent + 2))
                .append(line));
        return paragraph.toString();
    }

    /** The same without a label. */
    String paragraph(int indent, String text) {
        return paragraph(indent, "", label -> label, text);
    }

    /** Returns something that a person should know. */
    String note(String text) {
        return paragraph(2, "note:", this::warning, text);
    }

    /** What stands before a child that has a sibling below it. */
    String tee() {
        return dim(drawing ? "├── " : "|-- ");
    }

    /** What stands before the last child. */
    String corner() {
        return dim(drawing ? "└── " : "`-- ");
    }

    /** What carries a line on to a sibling below. */
    String bar() {
        return dim(drawing ? "│   " : "|   ");
    }

    String marker() {
        return drawing ? "●" : "*";
    }

    String plain(String text) {
        return text;
    }

    String bold(String text) {
        return coloured("1", text);
    }

    String dim(String text) {
        return coloured("2", text);
    }

    String good(String text) {
        return coloured("32", text);
    }

    String warning(String text) {
        return coloured("33", text);
    }

    String bad(String text) {
        return coloured("31", text);
    }

    private String coloured(String code, String text) {
        return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
