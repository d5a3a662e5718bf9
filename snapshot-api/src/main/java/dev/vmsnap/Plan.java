package dev.vmsnap;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an intent would do, without doing any of it.
 *
 * @param intent what was asked
 * @param verdict whether it may be done; a refused intent has no steps
 * @param steps in order
 * @param bytesNeeded in the worst case, by store, in bytes; a store is named as its driver calls it
 * @param pause what the guest will feel
 * @param pointOfNoReturn index of the first step after which the operation only goes forward; empty when all of it can
 *     be undone
 */
public record Plan(
        Intent intent,
        Verdict verdict,
        List<Step> steps,
        Map<String, Long> bytesNeeded,
        Pause pause,
        OptionalInt pointOfNoReturn) {

    /**
     * One step.
     *
     * @param code what is done, stable: one of the codes in {@code docs/steps.md}
     * @param subject what it is done to: a storage driver's id, a snapshot's id, or empty
     * @param label what is done, for people, for example {@code snapshot the disks}
     * @param weight its share of the work; at least 0, only meaningful relative to the other steps
     * @param undo how a failure later on takes it back, for people; empty when there is nothing to take back
     */
    public record Step(String code, String subject, String label, int weight, Optional<String> undo) {}

    /** What the guest will feel. */
    public enum Pause {
        /** Nothing: it is off, or not touched. */
        NONE,
        /** Held while metadata is written; milliseconds, more on large disks. */
        METADATA,
        /** Held while its RAM is written; grows with its RAM. */
        WHOLE_RAM,
        /** Stopped, and brought back when it was running. */
        RESTART
    }

    /** Copies the lists. */
    public Plan {
        steps = List.copyOf(steps);
        bytesNeeded = Map.copyOf(bytesNeeded);
    }
}
