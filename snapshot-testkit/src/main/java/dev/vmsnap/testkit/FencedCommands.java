package dev.vmsnap.testkit;

import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.HypervisorDriver;
import java.util.function.Predicate;

/** Commands that are begun only while a lease is held. */
record FencedCommands(Commands commands, HypervisorDriver.Fence fence) implements Commands {

    @Override
    public Result run(Command command) {
        fence.require();
        return commands.run(command);
    }

    @Override
    public Result run(Command command, Predicate<String> wanted) {
        fence.require();
        return commands.run(command, wanted);
    }
}
