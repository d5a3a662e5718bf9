package dev.vmsnap;

import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The receipt of a restore: one line for each hazard of taking a guest back in time, always.
 *
 * @param snapshot the snapshot that was restored
 * @param power the power state in which the restore left the VM
 * @param downtime how long the guest did not run, from its stop until it ran again or the restore ended; zero if it was off
 *     before, and empty if another process finished the restore
 * @param lines one for each {@link Hazard}, in its order
 */
public record Certificate(SnapshotId snapshot, PowerState power, Optional<Duration> downtime, List<Line> lines) {

    /** Names a hazard of a guest that went back in time, or of the records that other tools keep of it. */
    public enum Hazard {
        /** The generation ID, which tells the guest that it went back. */
        GENERATION_ID,
        /** The guest's clock. */
        CLOCK,
        /** Persistent dirty bitmaps of backup tools. */
        BITMAPS,
        /** Checkpoints that the hypervisor keeps for backup tools. */
        CHECKPOINTS,
        /** Firmware variables. */
        FIRMWARE,
        /** The state of a TPM. */
        TPM,
        /** Where the network believes the guest's network cards to be. */
        NETWORK_ANNOUNCE,
        /** Keys, sessions and random numbers that are used a second time. */
        SECRETS,
        /** The metadata that other tools keep in the VM's configuration. */
        METADATA
    }

    /** The outcome for a hazard. */
    public enum Outcome {
        /** It was dealt with. */
        DONE,
        /** It does not exist in this restore. */
        NOT_NEEDED,
        /** It is still there; a person must know. */
        COULD_NOT
    }

    /**
     * One hazard.
     *
     * @param hazard which
     * @param outcome what became of it
     * @param why one sentence for people
     */
    public record Line(Hazard hazard, Outcome outcome, String why) {
        @Override
        public String toString() {
            return hazard + " " + outcome + ": " + why;
        }
    }

    /** Puts the lines in order and rejects a certificate that lacks a hazard or has one twice. */
    public Certificate {
        lines = lines.stream().sorted(Comparator.comparing(Line::hazard)).toList();
        if (!lines.stream().map(Line::hazard).toList().equals(Arrays.asList(Hazard.values()))) {
            throw new IllegalArgumentException("a certificate has one line for each hazard, not " + lines);
        }
    }

    /**
     * Returns the line of a hazard.
     *
     * @param hazard which
     * @return its line
     */
    public Line line(Hazard hazard) {
        return lines.stream()
                .filter(line -> line.hazard() == hazard)
                .findFirst()
                .orElseThrow();
    }

    /**
     * Returns the lines of hazards that are still there.
     *
     * @return the lines with {@link Outcome#COULD_NOT}, may be empty
     */
    public List<Line> couldNot() {
        return lines.stream()
                .filter(line -> line.outcome() == Outcome.COULD_NOT)
                .toList();
    }

    /**
     * Sums up the lines for events and logs.
     *
     * @return the hazards that were dealt with, and each that could not be with its reason; may be empty
     */
    public String summary() {
        String done = lines.stream()
                .filter(line -> line.outcome() == Outcome.DONE)
                .map(line -> line.hazard().name())
                .collect(Collectors.joining(", "));
        String open = couldNot().stream()
                .map(line -> line.hazard() + " (" + line.why() + ")")
                .collect(Collectors.joining(", "));
        String first = done.isEmpty() ? "" : "done: " + done;
        String second = open.isEmpty() ? "" : "could not: " + open;
        return first + (first.isEmpty() || second.isEmpty() ? "" : "; ") + second;
    }
}
