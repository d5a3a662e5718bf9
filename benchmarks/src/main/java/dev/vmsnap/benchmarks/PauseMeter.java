package dev.vmsnap.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Measures how long a guest is held, by the times that QEMU itself gives its events STOP and RESUME. */
final class PauseMeter implements AutoCloseable {
    private static final Pattern EVENT = Pattern.compile("event (STOP|RESUME) at ([0-9]+\\.[0-9]{6}) .*");
    private static final int NANOS_EXPONENT = 9;
    private static final long PATIENCE_SECONDS = 10;

    private final Process virsh;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    private record Event(boolean stop, long nanos) {}

    private PauseMeter(Process virsh) {
        this.virsh = virsh;
    }

    static PauseMeter of(Guest guest) {
        try {
            PauseMeter meter = new PauseMeter(new ProcessBuilder(
                            List.of("virsh", "-c", guest.uri(), "qemu-monitor-event", guest.name(), "--loop"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start());
            Thread reader = new Thread(meter::read, "pause-meter");
            reader.setDaemon(true);
            reader.start();
            // virsh says nothing when it is ready, so events are made until one is seen.
            while (meter.events.isEmpty()) {
                guest.virsh("suspend");
                guest.virsh("resume");
                TimeUnit.MILLISECONDS.sleep(100);
            }
            meter.events.clear();
            return meter;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void read() {
        try (BufferedReader lines = virsh.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher event = EVENT.matcher(line);
                if (event.matches()) {
                    long nanos = new BigDecimal(event.group(2))
                            .movePointRight(NANOS_EXPONENT)
                            .longValueExact();
                    events.add(new Event(event.group(1).equals("STOP"), nanos));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs something that holds the guest at least once; returns the nanoseconds it was held in all. */
    long during(Runnable work) {
        events.clear();
        work.run();
        long held = 0;
        try {
            do {
                Event stop = next();
                Event resume = next();
                if (!stop.stop() || resume.stop()) {
                    throw new IllegalStateException("STOP and RESUME do not take turns");
                }
                held += resume.nanos() - stop.nanos();
            } while (!events.isEmpty());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        return held;
    }

    private Event next() throws InterruptedException {
        Event event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (event == null) {
            throw new IllegalStateException("the guest was not held, or not let go");
        }
        return event;
    }

    @Override
    public void close() {
        virsh.destroy();
    }
}
