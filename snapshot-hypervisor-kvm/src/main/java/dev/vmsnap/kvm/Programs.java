package dev.vmsnap.kvm;

/** Runs programs of this machine. */
interface Programs {

    /**
     * Runs a program and waits for its end; failures as in {@link dev.vmsnap.spi.Commands#run}.
     *
     * @param errand which, and how
     * @return how it ended
     */
    ByteCommands.Output run(Errand errand);
}
