package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Commands of one inspection. None takes longer than the deadline; after the first one that did, each other gets a second
 * only, so that many volumes behind one server that does not answer take hardly longer than one.
 */
final class LimitedCommands implements Commands {
    private static final Duration LITTLE = Duration.ofSeconds(1);

    private final Commands node;
    private final Duration deadline;
    private final AtomicBoolean late = new AtomicBoolean();

    LimitedCommands(Commands node, Duration deadline) {
        this.node = node;
        this.deadline = deadline;
    }

    @Override
    public Result run(Command command) {
        return watched(() -> node.run(limited(command)));
    }

    @Override
    public Result run(Command command, Predicate<String> wanted) {
        return watched(() -> node.run(limited(command), wanted));
    }

    private Command limited(Command command) {
        Duration most = late.get() && LITTLE.compareTo(deadline) < 0 ? LITTLE : deadline;
        return command.timeout().compareTo(most) > 0 ? command.within(most) : command;
    }

    private Result watched(Supplier<Result> work) {
        try {
            return work.get();
        } catch (DriverException e) {
            if (e.reason() == Reason.TIMEOUT) {
                late.set(true);
            }
            throw e;
        }
    }
}
