package dev.vmsnap.lab.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What became of a command. */
public final class Execution {
    private final List<String> command;
    private final int exitCode;
    private final byte[] bytes;
    private final String errors;

    private Execution(List<String> command, int exitCode, byte[] bytes, String errors) {
        this.command = List.copyOf(command);
        this.exitCode = exitCode;
        this.bytes = bytes;
        this.errors = errors;
    }

    /** 0 if it did what it should. */
    public int exitCode() {
        return exitCode;
    }

    /** What it printed. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** What it complained of, without space around. */
    public String errors() {
        return errors.strip();
    }

    /** What it printed, as text, without space around. */
    public String output() {
        return new String(bytes, StandardCharsets.UTF_8).strip();
    }

    /**
     * The same if it succeeded.
     *
     * @throws IllegalStateException if it did not, with what it complained of
     */
    public Execution succeeded() {
        if (exitCode != 0) {
            throw new IllegalStateException(
                    String.join(" ", command) + ": exit " + exitCode + ": " + (errors.isBlank() ? output() : errors()));
        }
        return this;
    }

    /**
     * Runs a command of this machine to its end.
     *
     * @param program what is run, program and arguments
     * @param meant what the command is called in the result
     * @param input what it reads
     * @throws IllegalStateException if it has not ended when its time is over; then it is killed
     */
    static Execution of(List<String> program, List<String> meant, byte[] input, Duration atMost) {
        try {
            Process process = new ProcessBuilder(program).start();
            Drain output = new Drain(process.getInputStream());
            Drain errors = new Drain(process.getErrorStream());
            Thread feeder = new Thread(() -> feed(process, input), "input of " + program.get(0));
            feeder.setDaemon(true);
            feeder.start();
            boolean ended = false;
            try {
                ended = process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
            } finally {
                if (!ended) {
                    process.destroyForcibly();
                }
            }
            if (!ended) {
                throw new IllegalStateException(
                        String.join(" ", meant) + ": has not ended within " + atMost + ": " + errors.soFar());
            }
            return new Execution(meant, process.exitValue(), output.all(), errors.text());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted: " + String.join(" ", meant), e);
        }
    }

    private static void feed(Process process, byte[] input) {
        try (OutputStream stream = process.getOutputStream()) {
            stream.write(input);
        } catch (IOException notWanted) {
            // A command need not read what it is given; its exit code tells.
        }
    }

    /** Takes up a stream, so that a command never waits for its reader. */
    private static final class Drain {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Thread thread;

        Drain(InputStream stream) {
            thread = new Thread(() -> take(stream), "output of a command");
            thread.setDaemon(true);
            thread.start();
        }

        private void take(InputStream stream) {
            try {
                byte[] buffer = new byte[8192];
                for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
                    synchronized (bytes) {
                        bytes.write(buffer, 0, count);
                    }
                }
            } catch (IOException killed) {
                // Nobody waits for the rest.
            }
        }

        byte[] all() throws InterruptedException {
            // A program that it left behind may hold the stream open; what that one prints is not waited for.
            thread.join(1000);
            synchronized (bytes) {
                return bytes.toByteArray();
            }
        }

        String text() throws InterruptedException {
            return new String(all(), StandardCharsets.UTF_8);
        }

        String soFar() {
            synchronized (bytes) {
                return bytes.toString(StandardCharsets.UTF_8);
            }
        }
    }
}
