package dev.vmsnap.core.internal.run;

/** What a kind of step does. Both methods are idempotent: after a crash they are called again. */
interface Effect {

    void run(Work work, String subject);

    /** Takes back what {@link #run} did, any part of it, or nothing. */
    default void undo(Work work, String subject) {}
}
