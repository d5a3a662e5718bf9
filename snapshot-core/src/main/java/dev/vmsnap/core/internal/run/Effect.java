package dev.vmsnap.core.internal.run;

/** What a kind of step does. Both methods are idempotent: after a crash they are called again. */
interface Effect {

    void run(Work work, String subject);

    /**
     * Completes what {@link #run} has begun on a VM that is active by now, when the outcome of a call is not known. It
     * neither stops the VM nor takes it back again.
     */
    default void complete(Work work, String subject) {}

    /** Takes back what {@link #run} did, any part of it, or nothing. */
    default void undo(Work work, String subject) {}
}
