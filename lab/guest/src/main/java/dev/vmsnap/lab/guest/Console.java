package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Reads what a ticker guest prints, line by line, each line once: a method that waits takes up all lines until the one
 * it returns. The log may not exist yet and is followed over restarts of the guest.
 *
 * <p>Every wait throws {@link IllegalStateException} with the last lines when its time is over. Not for several threads.
 */
public final class Console {
    private static final long POLL_MILLIS = 5;
    private static final int REMEMBERED_LINES = 8;
    private static final OptionalLong NO_TICK = OptionalLong.of(-1);

    private final GuestLog log;
    private final Deque<String> unread = new ArrayDeque<>();
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final StringBuilder unfinished = new StringBuilder();
    private final List<Long> otherDisks = new ArrayList<>();
    private long position;
    private OptionalLong lastTick = OptionalLong.empty();
    private OptionalLong expectedTick = OptionalLong.empty();

    /** Reads a log of this machine's from its start. */
    public Console(Path log) {
        this(new LogFile(log));
    }

    /** Reads a log from its start, wherever it lies. */
    public Console(GuestLog log) {
        this.log = log;
    }

    /**
     * What the disks held when the guest booted.
     *
     * @param counters the counter of each disk, the first disk first; 0 if a disk held none
     */
    public record Boot(List<Long> counters) {
        public Boot {
            counters = List.copyOf(counters);
        }
    }

    /** Takes up all lines that there are. */
    public void skip() {
        next(line -> Optional.empty());
    }

    /** The last tick printed so far, empty if there was none; takes up all lines that there are. */
    public OptionalLong lastTick() {
        skip();
        return lastTick;
    }

    /** Waits for a boot. */
    public Boot awaitBoot(Duration atMost) {
        return await(
                "boot", atMost, line -> line.letter() == 'B' ? Optional.of(boot(line.number())) : Optional.empty());
    }

    /** Waits until the RAM is filled, which comes after the boot and before the first tick. */
    public void awaitRamReady(Duration atMost) {
        await("filled RAM", atMost, line -> line.is('R'));
    }

    /** Waits for the next tick. */
    public long awaitTick(Duration atMost) {
        return await("tick", atMost, line -> line.is('T')).number();
    }

    /** Waits until the guest has ticked past a counter. */
    public long awaitTickAfter(long counter, Duration atMost) {
        return await("tick after " + counter, atMost, line -> line.is('T').filter(tick -> tick.number() > counter))
                .number();
    }

    /**
     * Waits for a tick that does not follow the one before it, as after a restore with RAM: either the counter jumps or a
     * broken guest ticks again. Before the restore the guest must have ticked at least twice since the snapshot.
     */
    public long awaitReturn(Duration atMost) {
        return await("return to an earlier state", atMost, line -> line.is('T').filter(this::isUnexpected))
                .number();
    }

    /** Waits until the guest says that it is broken. */
    public void awaitBroken(Duration atMost) {
        await("broken guest", atMost, line -> line.is(ConsoleLine.BROKEN));
    }

    /**
     * Waits for the answer to the key {@code v}.
     *
     * @return whether the filled RAM is what was filled
     */
    public boolean awaitRamIntact(Duration atMost) {
        return await("answer to v", atMost, line -> line.is('V')).number() == 0;
    }

    private <T> T await(String what, Duration atMost, Function<ConsoleLine, Optional<T>> wanted) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (true) {
            boolean last = System.nanoTime() - deadline >= 0;
            Optional<T> found = next(wanted);
            if (found.isPresent()) {
                return found.get();
            }
            if (last) {
                throw new IllegalStateException(
                        "no " + what + " within " + atMost + " in " + log + ", last " + lastLines);
            }
            pause();
        }
    }

    private <T> Optional<T> next(Function<ConsoleLine, Optional<T>> wanted) {
        read();
        for (String text = unread.poll(); text != null; text = unread.poll()) {
            if (lastLines.size() == REMEMBERED_LINES) {
                lastLines.remove();
            }
            lastLines.add(text);
            Optional<ConsoleLine> line = ConsoleLine.of(text);
            if (line.isPresent()) {
                Optional<T> found = wanted.apply(line.get());
                note(line.get());
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private void note(ConsoleLine line) {
        switch (line.letter()) {
            case 'T' -> {
                lastTick = OptionalLong.of(line.number());
                expectedTick = OptionalLong.of(line.number() + 1);
            }
            case 'B' -> {
                otherDisks.clear();
                expectedTick = OptionalLong.of(line.number() + 1);
            }
            case 'C', 'D' -> otherDisks.add(0, line.number());
            case ConsoleLine.BROKEN -> expectedTick = NO_TICK;
            default -> {}
        }
    }

    private boolean isUnexpected(ConsoleLine tick) {
        return expectedTick.isPresent() && expectedTick.getAsLong() != tick.number();
    }

    private Boot boot(long firstDisk) {
        List<Long> counters = new ArrayList<>(otherDisks);
        counters.add(0, firstDisk);
        return new Boot(counters);
    }

    private void read() {
        try {
            byte[] more = log.from(position);
            position += more.length;
            unfinished.append(new String(more, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int end = unfinished.lastIndexOf("\n");
        if (end >= 0) {
            unread.addAll(unfinished.substring(0, end).lines().toList());
            unfinished.delete(0, end + 1);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
