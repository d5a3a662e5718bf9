package dev.vmsnap;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Something that happened, for the host's audit log and for its users' eyes.
 *
 * @param at when
 * @param actor on whose behalf
 * @param vm on which VM
 * @param verb what was being done
 * @param phase how far it got
 * @param operation the operation's id; empty for what is not an operation
 * @param snapshots the snapshots concerned
 * @param detail for people: the step's label, the refusals, the failure; may be empty
 * @param data for programs, by stable key: {@code step} and {@code subject} of a step, as in {@link Plan.Step};
 *     {@code refusals}, their codes with commas between them; {@code reason} of the {@link DriverException} that ended an
 *     operation; may be empty
 */
public record SnapshotEvent(
        Instant at,
        Actor actor,
        VmId vm,
        Verb verb,
        Phase phase,
        String operation,
        List<SnapshotId> snapshots,
        String detail,
        Map<String, String> data) {

    /** How far it got. */
    public enum Phase {
        /** The rules said no; nothing was touched. */
        REFUSED,
        /** The intent is in the journal. */
        STARTED,
        /** A step begins. */
        STEP,
        /** Done. */
        FINISHED,
        /** Somebody looked and saw that a part of a snapshot is nearly full; told once until it is less full again. */
        FILLING,
        /** Failed, and everything was undone. */
        UNDONE,
        /** Failed, and something is left that {@link VmSnapshots#recover} will finish. */
        REPAIR_NEEDED
    }

    /** Copies the collections. */
    public SnapshotEvent {
        snapshots = List.copyOf(snapshots);
        data = Map.copyOf(data);
    }
}
