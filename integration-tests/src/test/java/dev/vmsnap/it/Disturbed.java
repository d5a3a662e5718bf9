package dev.vmsnap.it;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.tck.StorageLab.Disturbance;
import java.util.Optional;
import java.util.function.Predicate;

/** The commands of a node, one program of which can be denied, missing, failing or hanging for a while. */
public final class Disturbed implements Commands {
    private final Commands node;
    private final String program;
    private volatile String watched = "";
    private volatile boolean named;
    private volatile Optional<Disturbance> now = Optional.empty();

    /**
     * Makes commands that are not disturbed yet.
     *
     * @param node where they run
     * @param program the program; commands that name it, in a script too, are disturbed
     */
    public Disturbed(Commands node, String program) {
        this.node = node;
        this.program = program;
    }

    /**
     * Disturbs the program from now on.
     *
     * @param kind how; not {@code AWAY}
     * @return ends it
     */
    public Runnable disturb(Disturbance kind) {
        now = Optional.of(kind);
        return () -> now = Optional.empty();
    }

    /** Notes from now on whether a command names a path. */
    public void watch(String path) {
        watched = path;
        named = false;
    }

    /** Whether one has named it. */
    public boolean isNamed() {
        return named;
    }

    /** Commands with the rights of a VM that may not read the watched path. */
    public Commands guests() {
        return command -> {
            if (isWatched(command)) {
                throw new DriverException("lab", Reason.DENIED, "a VM may not read " + watched);
            }
            return run(command);
        };
    }

    private boolean isWatched(Command command) {
        return !watched.isEmpty() && command.arguments().stream().anyMatch(argument -> argument.contains(watched));
    }

    @Override
    public Result run(Command command) {
        return disturbed(command).orElseGet(() -> node.run(command));
    }

    @Override
    public Result run(Command command, Predicate<String> wanted) {
        return disturbed(command).orElseGet(() -> node.run(command, wanted));
    }

    private Optional<Result> disturbed(Command command) {
        named |= isWatched(command);
        boolean concerned = command.arguments().stream().anyMatch(argument -> argument.contains(program));
        return now.filter(kind -> concerned).map(this::outcome);
    }

    private Result outcome(Disturbance kind) {
        return switch (kind) {
            case DENIED -> new Result(1, "", program + ": Permission denied");
            case TOOL_FAILING -> new Result(1, "", "");
            case TOOL_MISSING ->
                throw new DriverException("lab", Reason.TOOL_MISSING, "there is no program " + program);
            case HANGING -> throw new DriverException("lab", Reason.TIMEOUT, program + " took too long");
            case AWAY -> throw new IllegalArgumentException("a storage is away, not its program");
        };
    }
}
