package dev.vmsnap.core.internal.run;

import dev.vmsnap.Actor;
import dev.vmsnap.Intent;
import dev.vmsnap.Plan;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StoreException;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import dev.vmsnap.core.internal.plan.OperationPlan;
import dev.vmsnap.core.internal.plan.PlannedStep;
import dev.vmsnap.core.internal.plan.Planner;
import dev.vmsnap.core.internal.rules.Rules;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.Wholeness;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** Answers what may be done and what it would do. Touches nothing. */
final class Inquiry {
    /** Stands for the id that a create will get. */
    private static final SnapshotId TO_COME = SnapshotId.of(PlannedStep.TO_COME);

    private final Survey survey;

    Inquiry(Survey survey) {
        this.survey = survey;
    }

    Verdict check(VmId vm, Intent intent, Actor actor) {
        try {
            return Rules.judge(situation(vm, intent), intent, actor);
        } catch (StoreException e) {
            return DamagedRecords.refused(e);
        }
    }

    Plan plan(VmId vm, Intent intent, Actor actor) {
        try {
            return planned(vm, intent, actor);
        } catch (StoreException e) {
            return refused(intent, DamagedRecords.refused(e));
        }
    }

    private Plan planned(VmId vm, Intent intent, Actor actor) {
        Situation situation = situation(vm, intent);
        Verdict verdict = Rules.judge(situation, intent, actor);
        Optional<OperationPlan> plan = verdict.allowed() ? plan(situation, intent) : Optional.empty();
        return plan.map(p -> p.toPlan(intent, verdict)).orElseGet(() -> refused(intent, verdict));
    }

    private static Plan refused(Intent intent, Verdict verdict) {
        return new Plan(intent, verdict, List.of(), Map.of(), Plan.Pause.NONE, OptionalInt.empty());
    }

    Verdict restorableOn(VmId vm, SnapshotId snapshot, String node) {
        try {
            return Rules.restorable(survey.forRestorable(vm, snapshot, node), snapshot, node);
        } catch (StoreException e) {
            return DamagedRecords.refused(e);
        }
    }

    /** The facts that the answer to an intent depends on. */
    Situation situation(VmId vm, Intent intent) {
        if (intent instanceof Intent.Create create) {
            return survey.withSharing(survey.forCreate(vm, create.spec()));
        }
        if (intent instanceof Intent.Restore restore) {
            Situation seen = survey.forRestore(vm, restore.snapshot(), restore.options());
            return seen.with(Wholeness.healed(seen));
        }
        if (intent instanceof Intent.Delete delete) {
            return survey.forDelete(vm, doomed(survey.record(vm).tree(), delete));
        }
        if (intent instanceof Intent.DeleteAll) {
            return survey.forDelete(vm, all(survey.record(vm).tree()));
        }
        if (intent instanceof Intent.Migrate migrate) {
            return survey.forMigration(vm, migrate);
        }
        if (intent instanceof Intent.Clone clone && !clone.destinations().isEmpty()) {
            Situation seen = survey.forClone(vm, clone);
            return seen.with(Wholeness.healed(seen));
        }
        if (intent instanceof Intent.MigrateCold || intent instanceof Intent.DeleteVm) {
            return survey.located(vm);
        }
        return survey.recorded(vm);
    }

    private static Optional<OperationPlan> plan(Situation situation, Intent intent) {
        SnapshotTree tree = situation.record().tree();
        if (intent instanceof Intent.Create create) {
            return Optional.of(Planner.create(situation, TO_COME, create.spec()));
        }
        if (intent instanceof Intent.Restore restore) {
            return tree.find(restore.snapshot()).map(s -> Planner.restore(situation, s, restore.options()));
        }
        if (intent instanceof Intent.Delete delete) {
            return Optional.of(Planner.delete(situation, Verb.DELETE, doomed(tree, delete)));
        }
        if (intent instanceof Intent.DeleteAll) {
            return Optional.of(Planner.delete(situation, Verb.DELETE_ALL, all(tree)));
        }
        if (intent instanceof Intent.Migrate migrate) {
            return Optional.of(Planner.migrate(situation, migrate.node()));
        }
        if (intent instanceof Intent.Clone clone && !clone.destinations().isEmpty()) {
            return Optional.of(Planner.copies(situation, clone.snapshot().orElse(TO_COME), clone));
        }
        return Optional.empty();
    }

    static Set<SnapshotId> doomed(SnapshotTree tree, Intent.Delete delete) {
        return Rules.doomed(tree, delete).stream().map(Snapshot::id).collect(Collectors.toSet());
    }

    static Set<SnapshotId> all(SnapshotTree tree) {
        return tree.snapshots().stream().map(Snapshot::id).collect(Collectors.toSet());
    }
}
