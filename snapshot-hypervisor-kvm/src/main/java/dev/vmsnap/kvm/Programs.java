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
}
