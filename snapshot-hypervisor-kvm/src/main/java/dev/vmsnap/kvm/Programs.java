package dev.vmsnap.kvm;

import java.util.List;

/** Runs programs of this machine. */
interface Programs {

    /**
     * Runs a program and waits for its end; failures as in {@link dev.vmsnap.spi.Commands#run}.
     *
     * @param errand which, and how
     * @return how it ended
     */
    ByteCommands.Output run(Errand errand);

    /**
     * Starts a program and leaves it to the caller.
     *
     * @param arguments the program and its arguments
     * @return its process; the language that it speaks is {@code C}
     */
    Process start(List<String> arguments);

    /**
     * Fails if this machine lacks a program, and starts nothing.
     *
     * @param program a name to find in {@code PATH}, or a path
     * @throws dev.vmsnap.DriverException {@code TOOL_MISSING}, with the package that has it
     */
    void require(String program);
}
