package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Commands that the node itself ends when their time is over, before anybody gives them up: one that waits for a server
 * must not go on when the server is back and nobody expects it any more.
 */
final class BoundedCommands implements Commands {
    // To get there, and for what cannot even be killed.
    private static final Duration GRACE = Duration.ofSeconds(20);

    // timeout kills itself along with the command, which ssh would take for a connection that broke.
    private static final String BOUNDED = "timeout -s KILL \"$@\"; exit $?";
    private static final int KILLED = 128 + 9;

    private final Commands node;
    private final Optional<Owner> as;

    BoundedCommands(Commands node, Optional<Owner> as) {
        this.node = node;
        this.as = as;
    }

    @Override
    public Result run(Command command) {
        return bounded(command, () -> node.run(wrapped(command)));
    }

    @Override
    public Result run(Command command, Predicate<String> wanted) {
        return bounded(command, () -> node.run(wrapped(command), wanted));
    }

    private Command wrapped(Command command) {
        List<String> bounds = new ArrayList<>(List.of("sh", "-c", BOUNDED, "sh", seconds(command.timeout())));
        as.ifPresent(owner -> bounds.addAll(owner.prefix()));
        return command.behind(bounds).within(command.timeout().plus(GRACE));
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%d.%03d", time.toSeconds(), time.toMillisPart());
    }

    private static Result bounded(Command command, Supplier<Result> work) {
        String program = command.arguments().get(0);
        Result result = work.get();
        if (result.exitCode() == KILLED) {
            throw new DriverException(
                    NasStorage.ID,
                    Reason.TIMEOUT,
                    program + " was stopped after " + command.timeout().toMillis() + " ms");
        }
        result.missingProgram(program).ifPresent(missing -> {
            throw new DriverException(NasStorage.ID, Reason.TOOL_MISSING, "the node lacks the program " + missing);
        });
        return result;
    }
}
