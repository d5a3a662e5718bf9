package dev.vmsnap;

import java.util.List;

/**
 * What {@link VmSnapshots#recover()} did.
 *
 * @param recovered one entry for each operation that was found open
 */
public record RecoveryReport(List<Recovered> recovered) {

    /** How an open operation ended. */
    public enum Outcome {
        /** It was brought to its end. */
        FINISHED,
        /** Everything it did was undone. */
        UNDONE,
        /** It was closed with a snapshot left as unavailable, which can be deleted. */
        UNAVAILABLE,
        /**
         * A restore could not be brought to its end and was closed. The snapshot is whole, the disks of the VM may be
         * between two states: restore a snapshot again.
         */
        ABANDONED,
        /** It could not be closed now, because a node or storage is away; recover again later. */
        STILL_OPEN,
        /** Its owner is alive and works on it. */
        IN_PROGRESS
    }

    /**
     * One operation that was found open.
     *
     * @param operation its id
     * @param vm its VM
     * @param verb what it was doing
     * @param outcome how it ended
     * @param detail for people
     */
    public record Recovered(String operation, VmId vm, Verb verb, Outcome outcome, String detail) {}

    /** Copies the list. */
    public RecoveryReport {
        recovered = List.copyOf(recovered);
    }

    /**
     * Tells whether nothing is left open.
     *
     * @return true unless an operation is {@link Outcome#STILL_OPEN}
     */
    public boolean clean() {
        return recovered.stream().noneMatch(r -> r.outcome() == Outcome.STILL_OPEN);
    }
}
