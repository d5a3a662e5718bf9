package dev.vmsnap.kvm;

import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A node's clock, as the time since its boot. It runs on while processes, or the whole node, are suspended, and nobody sets
 * it. It is read once and then counted on here, which cannot run ahead of the node. Thread-safe.
 */
final class NodeClock {
    private static final String READ =
            "read -r up rest </proc/uptime && read -r boot </proc/sys/kernel/random/boot_id" + " && echo \"$up $boot\"";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Pattern READING = Pattern.compile("([0-9]{1,12})\\.([0-9]{2}) ([0-9a-f-]{36})\\s*");
    private static final long NANOS_PER_TICK = 10_000_000;

    private final Commands commands;
    private volatile Optional<Reading> last = Optional.empty();

    NodeClock(Commands commands) {
        this.commands = commands;
    }

    /**
     * An instant on a node's clock.
     *
     * @param ticks hundredths of a second since the boot
     * @param boot the boot's id
     */
    record Time(long ticks, String boot) {}

    /** The answer of the node, and the latest time at which it was received. */
    private record Reading(Time time, long nanos) {}

    /**
     * Returns an instant of this process's clock as one of the node's, or an earlier one; empty if the node has no such clock.
     *
     * @param nanos as {@link System#nanoTime} counts
     */
    Optional<Time> at(long nanos) {
        Optional<Reading> reading = last;
        if (reading.isEmpty()) {
            reading = read();
            last = reading;
        }
        return reading.map(then -> new Time(
                then.time().ticks() + Math.floorDiv(nanos - then.nanos(), NANOS_PER_TICK),
                then.time().boot()));
    }

    /** Forgets what was read: the node has booted, or this machine was suspended. */
    void forget() {
        last = Optional.empty();
    }

    private Optional<Reading> read() {
        Result result = commands.run(Command.of("sh", "-c", READ).within(PATIENCE));
        Matcher reading = READING.matcher(result.output());
        return result.succeeded() && reading.matches()
                ? Optional.of(new Reading(
                        new Time(Long.parseLong(reading.group(1) + reading.group(2)), reading.group(3)),
                        System.nanoTime()))
                : Optional.empty();
    }
}
