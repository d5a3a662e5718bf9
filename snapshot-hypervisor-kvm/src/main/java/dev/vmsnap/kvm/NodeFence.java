package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.HypervisorDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Has a node check, before it runs a command, that the lease of the caller cannot be over: a shell on the node compares the
 * node's clock with the end of the lease and becomes the program. Between the two lies one system call, and no process that
 * is suspended elsewhere can delay it.
 */
final class NodeFence {
    private static final int REFUSED = 87;
    private static final String REFUSAL = "vmsnap: the lease may be over";
    private static final String CHECK = """
            read -r boot </proc/sys/kernel/random/boot_id && read -r up rest </proc/uptime || exit
            [ "$boot" = "$2" ] && [ "${up%.*}${up#*.}" -lt "$1" ] || { echo '""" + REFUSAL + """
            ' >&2; exit 87; }
            shift 2
            exec "$@"
            """;
    private static final int ATTEMPTS = 3;

    private final NodeClock clock;
    private final HypervisorDriver.Fence lease;

    NodeFence(NodeClock clock, HypervisorDriver.Fence lease) {
        this.clock = clock;
        this.lease = lease;
    }

    /**
     * A command that is checked.
     *
     * @param arguments the program and its arguments
     * @param waiting as in {@link dev.vmsnap.spi.Commands.Command#waiting}
     */
    record Fenced(List<String> arguments, int waiting) {
        private List<String> until(NodeClock.Time end) {
            List<String> program = arguments.subList(waiting, arguments.size());
            List<String> all = new ArrayList<>(arguments.subList(0, waiting));
            all.addAll(List.of("sh", "-c", CHECK, program.get(0), Long.toString(end.ticks()), end.boot()));
            all.addAll(program);
            return all;
        }
    }

    /** The exit of a command. */
    record Ending(int exitCode, String errors) {
        private boolean isRefusal() {
            return exitCode == REFUSED && errors.contains(REFUSAL);
        }
    }

    /**
     * Runs a command on the node.
     *
     * @param command which
     * @param node runs what it is given
     * @param ending tells how that ended
     * @return what the node returned
     * @throws dev.vmsnap.DriverException {@code LEASE_LOST} if the command was not begun
     */
    <T> T run(Fenced command, Function<List<String>, T> node, Function<T, Ending> ending) {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            long now = System.nanoTime();
            long end = now
                    + Math.min(lease.remaining().toNanos(), Duration.ofDays(1).toNanos());
            Optional<NodeClock.Time> until = clock.at(end);
            T result = node.apply(until.map(command::until).orElse(command.arguments()));
            if (until.isEmpty() || !ending.apply(result).isRefusal()) {
                return result;
            }
            clock.forget();
        }
        throw Failures.of(
                Reason.LEASE_LOST,
                Errand.program(command.arguments())
                        + " was not begun: each time the lease was over by the node's clock");
    }
}
