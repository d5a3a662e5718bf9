package dev.vmsnap.cli;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Passes on what logs and libraries write to the standard error stream, made harmless: all of it, or only the first line of
 * each record, once.
 */
final class LogStream extends OutputStream {
    private static final Pattern RECORD = Pattern.compile("(WARN|ERROR) \\S+ - .*|Exception in thread .*");

    private final PrintStream err;
    private final Printable printable;
    private final boolean whole;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Set<String> printed = new HashSet<>();

    LogStream(PrintStream err, Charset charset, boolean whole) {
        this.err = err;
        this.printable = new Printable(charset);
        this.whole = whole;
    }

    @Override
    public synchronized void write(int octet) {
        if (octet == '\n') {
            print(line.toString(StandardCharsets.UTF_8));
            line.reset();
        } else {
            line.write(octet);
        }
    }

    private void print(String text) {
        if (whole || (RECORD.matcher(text).matches() && printed.add(text))) {
            err.println(printable.lines(text));
            err.flush();
        }
    }
}
