package dev.vmsnap.cli;

/** How text looks on one terminal: colours, line drawing, and which characters it has. */
final class Style {
    private final boolean colours;
    private final Printable printable;
    private final boolean drawing;

    Style(boolean colours, Printable printable) {
        this.colours = colours;
        this.printable = printable;
        this.drawing = printable.has("├└│─●…");
    }

    Printable safe() {
        return printable;
    }

    String safe(String text) {
        return printable.line(text);
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
