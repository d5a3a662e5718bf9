package dev.vmsnap.core.internal.run;

import dev.vmsnap.Plan;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verb;
import dev.vmsnap.core.internal.plan.OperationPlan;
import dev.vmsnap.core.internal.rules.Situation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A verb that the rules have allowed, ready to run.
 *
 * @param <T> what it yields
 * @param situation the facts it was planned from
 * @param plan its steps
 * @param result reads what it yields once it is done
 * @param creation what a create is about; empty for other verbs
 * @param facts what the journal must know besides
 */
record Prepared<T>(
        Situation situation,
        OperationPlan plan,
        Function<Work, T> result,
        Optional<Creation> creation,
        Map<String, String> facts) {

    /**
     * What a create is about.
     *
     * @param snapshot as it will be recorded
     * @param spec what was asked
     * @param notes what goes into its receipt
     */
    record Creation(Snapshot snapshot, SnapshotSpec spec, List<String> notes) {}

    Prepared(Situation situation, OperationPlan plan, Function<Work, T> result) {
        this(situation, plan, result, Optional.empty(), Map.of());
    }

    /** A change of records alone: no steps. */
    static Prepared<Void> ofRecords(Situation situation, Verb verb) {
        OperationPlan none = new OperationPlan(verb, List.of(), List.of(), 0, Plan.Pause.NONE, Map.of());
        return new Prepared<>(situation, none, work -> {
            throw new IllegalStateException("a change of records yields nothing");
        });
    }

    /** Gives the work what no journal keeps. */
    void into(Work work) {
        situation.chosen().ifPresent(at -> work.description(at.vm()));
        creation.ifPresent(c -> {
            work.fresh(c.snapshot());
            c.notes().forEach(work::note);
        });
    }
}
