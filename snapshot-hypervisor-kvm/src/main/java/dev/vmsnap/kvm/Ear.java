package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Hears what a shell prints, one command after the other. */
final class Ear implements Runnable {
    private static final int ROOM = 1 << 13;

    private final InputStream stream;
    private byte[] heard = new byte[ROOM];
    private int length;
    private int limit = ROOM;
    private boolean ended;

    Ear(InputStream stream) {
        this.stream = stream;
    }

    @Override
    public void run() {
        byte[] buffer = new byte[ROOM];
        try (stream) {
            for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
                add(buffer, n);
            }
        } catch (IOException endedByForce) {
            return;
        } finally {
            end();
        }
    }

    private synchronized void add(byte[] bytes, int count) {
        // What comes after too much was printed is not wanted any more.
        if (length <= limit + ROOM) {
            if (length + count > heard.length) {
                heard = Arrays.copyOf(heard, Math.max(length + count, 2 * heard.length));
            }
            System.arraycopy(bytes, 0, heard, length, count);
            length += count;
        }
        notifyAll();
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** Whether it goes on, and nothing was said since the last mark. */
    synchronized boolean isSilent() {
        return !ended && length == 0;
    }

    /** What came before a mark, and what stood behind it on its line. */
    static final class Heard {
        private final byte[] text;
        private final String behindTheMark;

        private Heard(byte[] text, String behindTheMark) {
            this.text = text;
            this.behindTheMark = behindTheMark;
        }

        byte[] text() {
            return text;
        }

        String behindTheMark() {
            return behindTheMark;
        }
    }

    /**
     * Waits for a line that begins with a mark and ends what was printed.
     *
     * @param mark of ASCII, which nobody can foresee
     * @param end a moment of {@link System#nanoTime}
     * @param most how many bytes may come before it
     * @param program whose output it is
     * @param timeout what the moment comes from
     * @return what came before; empty when the stream ended first
     */
    synchronized Optional<Heard> until(String mark, long end, int most, String program, Duration timeout) {
        limit = most;
        boolean interrupted = false;
        try {
            while (true) {
                Optional<Heard> found = found(mark);
                int text = found.map(it -> it.text().length).orElse(length - mark.length() - ROOM);
                if (text > most) {
                    throw Failures.broken(program + " printed more than " + most + " bytes");
                }
                if (found.isPresent() || ended) {
                    length = found.isPresent() ? 0 : length;
                    return found;
                }
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw Failures.of(Reason.TIMEOUT, program + " was given up after " + timeout.toMillis() + " ms");
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Optional<Heard> found(String mark) {
        int line = length - 2;
        while (line >= 0 && heard[line] != '\n') {
            line--;
        }
        if (length < 2 || heard[length - 1] != '\n' || line < 0) {
            return Optional.empty();
        }
        String last = new String(heard, line + 1, length - line - 2, StandardCharsets.UTF_8);
        return last.startsWith(mark + " ")
                ? Optional.of(new Heard(Arrays.copyOf(heard, line), last.substring(mark.length() + 1)))
                : Optional.empty();
    }

    /** What was said last, once the stream has ended, at most until a moment of {@link System#nanoTime}. */
    synchronized byte[] rest(long until) {
        boolean interrupted = false;
        while (!ended && System.nanoTime() < until) {
            try {
                TimeUnit.MILLISECONDS.timedWait(this, 10);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return Arrays.copyOf(heard, length);
    }
}
