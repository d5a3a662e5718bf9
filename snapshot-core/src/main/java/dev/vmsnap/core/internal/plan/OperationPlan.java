package dev.vmsnap.core.internal.plan;

import dev.vmsnap.Intent;
import dev.vmsnap.Plan;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Which steps, in what order, and from which one on there is no way back.
 *
 * @param verb what is done
 * @param snapshots the snapshots concerned, in the order in which they are worked on
 * @param steps in order
 * @param pointOfNoReturn index of the first step that is never undone; {@code steps.size()} when all can be
 * @param pause what the guest will feel
 * @param bytesNeeded in the worst case, by store
 */
public record OperationPlan(
        Verb verb,
        List<SnapshotId> snapshots,
        List<PlannedStep> steps,
        int pointOfNoReturn,
        Plan.Pause pause,
        Map<String, Long> bytesNeeded) {

    /** Copies the collections. */
    public OperationPlan {
        snapshots = List.copyOf(snapshots);
        steps = List.copyOf(steps);
        bytesNeeded = Map.copyOf(bytesNeeded);
    }

    /** The same for the host's eyes. */
    public Plan toPlan(Intent intent, Verdict verdict) {
        List<Plan.Step> visible = steps.stream()
                .map(s -> new Plan.Step(
                        s.kind().name(),
                        s.subject(),
                        s.label(),
                        s.kind().weight(),
                        s.kind().undo()))
                .toList();
        OptionalInt noReturn = pointOfNoReturn < steps.size() ? OptionalInt.of(pointOfNoReturn) : OptionalInt.empty();
        return new Plan(intent, verdict, visible, bytesNeeded, pause, noReturn);
    }
}
