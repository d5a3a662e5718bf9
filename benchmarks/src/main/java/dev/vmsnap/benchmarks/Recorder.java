package dev.vmsnap.benchmarks;

import dev.vmsnap.spi.Commands;
import java.util.ArrayList;
import java.util.List;

/** Runs commands on a node and remembers them. */
final class Recorder implements Commands {
    private final Commands node;
    private final List<Command> commands = new ArrayList<>();

    Recorder(Commands node) {
        this.node = node;
    }

    @Override
    public synchronized Result run(Command command) {
        commands.add(command);
        return node.run(command);
    }

    /** What was run since the last time somebody asked. */
    synchronized List<Command> taken() {
        List<Command> taken = List.copyOf(commands);
        commands.clear();
        return taken;
    }
}
