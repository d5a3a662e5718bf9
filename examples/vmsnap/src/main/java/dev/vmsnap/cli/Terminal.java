package dev.vmsnap.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Map;

/**
 * Where a run writes, and what it knows of its surroundings.
 *
 * @param in for answers
 * @param out for results; raw, so that an encoding can be chosen for each document
 * @param err for progress and failures
 * @param charset what a person's terminal reads
 * @param inIsTerminal whether a person types the answers
 * @param outIsTerminal whether a person reads the results
 * @param errIsTerminal whether a person watches the progress
 * @param columns how wide it is
 * @param clock the time, in the person's zone
 * @param environment the process's environment
 */
record Terminal(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Charset charset,
        boolean inIsTerminal,
        boolean outIsTerminal,
        boolean errIsTerminal,
        int columns,
        Clock clock,
        Map<String, String> environment) {
    private static final int USUAL_COLUMNS = 80;

    /** The terminal of this process; the launcher tells by properties what Java cannot see. */
    static Terminal ofProcess() {
        Charset charset = charset(System.getProperty("native.encoding"));
        return new Terminal(
                System.in,
                stream(FileDescriptor.out, charset),
                stream(FileDescriptor.err, charset),
                charset,
                Boolean.getBoolean("vmsnap.in.terminal"),
                Boolean.getBoolean("vmsnap.out.terminal"),
                Boolean.getBoolean("vmsnap.err.terminal"),
                Math.max(20, Integer.getInteger("vmsnap.columns", USUAL_COLUMNS)),
                Clock.system(ZoneId.systemDefault()),
                System.getenv());
    }

    /** Whether colours are wanted by the surroundings. */
    boolean colourful() {
        return outIsTerminal && environment.getOrDefault("NO_COLOR", "").isEmpty() && obeysEscapes();
    }

    /** Whether a line of the progress can be drawn over. */
    boolean redraws() {
        return errIsTerminal && obeysEscapes();
    }

    /** Whether a person can be asked, and would read the question. */
    boolean answers() {
        return inIsTerminal && errIsTerminal;
    }

    private boolean obeysEscapes() {
        return !environment.getOrDefault("TERM", "").toLowerCase(Locale.ROOT).equals("dumb");
    }

    private static PrintStream stream(FileDescriptor descriptor, Charset charset) {
        return new PrintStream(new FileOutputStream(descriptor), false, charset);
    }

    private static Charset charset(String name) {
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.UTF_8;
    }
}
