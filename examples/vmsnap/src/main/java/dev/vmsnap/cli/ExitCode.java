package dev.vmsnap.cli;

/** What the process ends with; stable, and listed in {@code docs/cli.md}. */
final class ExitCode {
    static final int DONE = 0;
    static final int INTERNAL = 1;
    static final int USAGE = 2;
    static final int REFUSED = 3;
    static final int UNDONE = 4;
    static final int REPAIR_NEEDED = 5;
    static final int BUSY = 6;
    static final int STORE = 7;

    private ExitCode() {}
}
