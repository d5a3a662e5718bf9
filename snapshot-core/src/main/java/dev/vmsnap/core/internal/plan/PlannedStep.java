package dev.vmsnap.core.internal.plan;

/**
 * One step of an operation, as data.
 *
 * @param kind what it does
 * @param subject what it does it to: a storage driver's id, a snapshot's id, or nothing
 */
public record PlannedStep(StepKind kind, String subject) {
    /** Stands in a plan for the id that a snapshot will get. */
    public static final String TO_COME = "to-come";

    static PlannedStep of(StepKind kind) {
        return new PlannedStep(kind, "");
    }

    /** What it does, for people. */
    public String label() {
        return subject.isEmpty() || subject.equals(TO_COME) ? kind.label() : kind.label() + " (" + subject + ")";
    }
}
