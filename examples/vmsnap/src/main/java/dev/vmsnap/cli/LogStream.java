package dev.vmsnap.cli;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** What logs and libraries write to the standard error stream: made harmless, and without stack traces unless asked. */
final class LogStream extends OutputStream {
    private static final Pattern TRACE = Pattern.compile("\\s+at .*\\(.*\\)|\\s+\\.\\.\\. \\d+ more|Caused by: .*");

    private final PrintStream err;
    private final Printable printable;
    private final boolean whole;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

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
        if (whole || !TRACE.matcher(text).matches()) {
            err.println(printable.lines(text));
            err.flush();
        }
    }
}
