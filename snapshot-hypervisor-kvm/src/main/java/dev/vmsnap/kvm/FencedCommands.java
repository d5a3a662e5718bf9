package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.util.function.Function;
import java.util.function.Predicate;

/** Commands of a node that are begun only while the caller holds a lease. */
final class FencedCommands implements Commands {
    private static final int NO_RIGHTS_TO_RUN = 126;

    private final Commands node;
    private final NodeFence fence;

    FencedCommands(Commands node, NodeFence fence) {
        this.node = node;
        this.fence = fence;
    }

    @Override
    public Result run(Command command) {
        return fenced(command, node::run);
    }

    @Override
    public Result run(Command command, Predicate<String> wanted) {
        return fenced(command, checked -> node.run(checked, wanted));
    }

    private Result fenced(Command command, Function<Command, Result> work) {
        Result result = fence.run(
                new NodeFence.Fenced(command.arguments(), command.waiting()),
                words -> work.apply(new Command(words, command.input(), command.timeout(), command.outputLimit())),
                ended -> new NodeFence.Ending(ended.exitCode(), ended.errors()));
        // Without the shell in between it would not have been started at all.
        String program = command.arguments().get(0);
        if (command.waiting() == 0 && !program.equals("sh")) {
            result.missingProgram(program).filter(program::equals).ifPresent(missing -> {
                throw Failures.program(missing, "the node");
            });
            if (result.exitCode() == NO_RIGHTS_TO_RUN) {
                throw Failures.of(Reason.DENIED, "cannot run " + program + ": " + result.errors());
            }
        }
        return result;
    }
}
