package dev.vmsnap.spi;

import dev.vmsnap.Actor;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An operation that is open: what was intended, and how far each step got. Written before the first side effect and
 * removed after the last.
 *
 * @param operation its id
 * @param vm its VM
 * @param verb what it does
 * @param actor on whose behalf
 * @param node the node it works on; empty when no node has the VM
 * @param startedAt when it began
 * @param snapshots the snapshots concerned
 * @param pointOfNoReturn index of the first step after which it only goes forward; {@code steps.size()} when all of it
 *     can be undone
 * @param steps in order
 * @param facts what the steps need to know and cannot find out later, under the engine's own keys
 */
public record JournalEntry(
        String operation,
        VmId vm,
        Verb verb,
        Actor actor,
        String node,
        Instant startedAt,
        List<SnapshotId> snapshots,
        int pointOfNoReturn,
        List<Step> steps,
        Map<String, String> facts) {

    /** Copies the collections. */
    public JournalEntry {
        snapshots = List.copyOf(snapshots);
        steps = List.copyOf(steps);
        facts = Map.copyOf(facts);
    }

    /**
     * One step.
     *
     * @param kind what it does, in the engine's words
     * @param subject what it does it to, a storage driver's id for example; may be empty
     * @param mark how far it got
     */
    public record Step(String kind, String subject, Mark mark) {}

    /** How far a step got. */
    public enum Mark {
        /** Not begun: it has had no effect. */
        PLANNED,
        /** Begun: it may have had any part of its effect. */
        STARTED,
        /** Done. */
        DONE,
        /** Taken back, or never had an effect. */
        UNDONE
    }
}
