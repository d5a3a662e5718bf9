package dev.vmsnap.core.internal.run;

import dev.vmsnap.Actor;
import dev.vmsnap.Intent;
import dev.vmsnap.Operation;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.VmSnapshots.Restored;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.plan.OperationPlan;
import dev.vmsnap.core.internal.plan.Planner;
import dev.vmsnap.core.internal.rules.CloneRule;
import dev.vmsnap.core.internal.rules.Participation;
import dev.vmsnap.core.internal.rules.Rules;
import dev.vmsnap.core.internal.rules.Sighting;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.Wholeness;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.SnapshotStore.Damaged;
import dev.vmsnap.spi.SnapshotStore.Stored;
import dev.vmsnap.spi.VmRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** The verbs: what each inspects, judges and plans before {@link Dispatcher} hands it to the executor. */
final class Operations {
    private final Wiring wiring;
    private final Survey survey;
    private final Leases leases;
    private final Dispatcher dispatcher;
    private final StepRunner runner;
    private final Events events;
    private final Watermark watermark;

    Operations(
            Wiring wiring,
            Survey survey,
            Leases leases,
            Dispatcher dispatcher,
            StepRunner runner,
            Events events,
            Watermark watermark) {
        this.wiring = wiring;
        this.survey = survey;
        this.leases = leases;
        this.dispatcher = dispatcher;
        this.runner = runner;
        this.events = events;
        this.watermark = watermark;
    }

    Operation<Snapshot> create(VmId vm, SnapshotSpec spec, Actor actor) {
        return dispatcher.start(vm, Verb.CREATE, actor, lease -> {
            Situation situation = survey.forCreate(vm, spec);
            Verdict verdict = judged(situation, new Intent.Create(spec), Verb.CREATE, actor);
            SnapshotId id = wiring.ids().get();
            OperationPlan plan = Planner.create(situation, id, spec);
            Snapshot snapshot = recorded(
                    situation,
                    id,
                    spec,
                    Participation.of(situation.claims(), spec.ram(), spec.excluded())
                            .volumes(),
                    actor);
            List<String> notes =
                    verdict.notices().stream().map(Verdict.Notice::message).toList();
            return new Prepared<>(
                    situation,
                    plan,
                    w -> w.snapshot(id),
                    Optional.of(new Prepared.Creation(snapshot, spec, notes)),
                    Map.of(Facts.QUIESCE, spec.quiesce().name()));
        });
    }

    Operation<Restored> restore(VmId vm, Intent.Restore intent, Actor actor) {
        return dispatcher.start(vm, Verb.RESTORE, actor, lease -> {
            SnapshotId id = intent.snapshot();
            Situation situation = reconciled(survey.forRestore(vm, id, intent.options()), lease);
            Verdict verdict = Rules.judge(situation, intent, actor);
            refused(verdict, situation, Verb.RESTORE, actor);
            Snapshot snapshot = situation.record().tree().find(id).orElseThrow();
            return new Prepared<>(
                    situation,
                    Planner.restore(situation, snapshot, intent.options()),
                    w -> new Restored(w.snapshot(id), Certificates.of(w)),
                    Optional.empty(),
                    RestoreEffects.facts(situation, intent.options()));
        });
    }

    Operation<SnapshotTree> delete(VmId vm, Intent.Delete intent, Actor actor) {
        return dispatcher.start(vm, Verb.DELETE, actor, lease -> {
            SnapshotTree tree = survey.record(vm).tree();
            Set<SnapshotId> doomed = Inquiry.doomed(tree, intent);
            Situation situation = survey.forDelete(vm, doomed);
            judged(situation, intent, Verb.DELETE, actor);
            return new Prepared<>(
                    situation,
                    Planner.delete(situation, Verb.DELETE, doomed),
                    Work::tree,
                    Optional.empty(),
                    Facts.of(intent.unreachable()));
        });
    }

    Operation<SnapshotTree> deleteAll(VmId vm, Intent.DeleteAll intent, Actor actor) {
        return dispatcher.start(vm, Verb.DELETE_ALL, actor, lease -> {
            SnapshotTree tree = survey.record(vm).tree();
            Situation situation = survey.forDelete(vm, Inquiry.all(tree));
            judged(situation, intent, Verb.DELETE_ALL, actor);
            return new Prepared<>(
                    situation,
                    Planner.delete(situation, Verb.DELETE_ALL, Inquiry.all(tree)),
                    Work::tree,
                    Optional.empty(),
                    Facts.of(intent.unreachable()));
        });
    }

    Operation<SnapshotTree> vmDeleted(VmId vm, Actor actor) {
        return dispatcher.start(vm, Verb.DELETE_VM, actor, lease -> {
            Situation situation = survey.located(vm);
            judged(situation, new Intent.DeleteVm(), Verb.DELETE_VM, actor);
            SnapshotTree tree = situation.record().tree();
            OperationPlan plan = nodeIsKnown(situation)
                    ? Planner.delete(situation, Verb.DELETE_VM, Inquiry.all(tree))
                    : Planner.forget();
            return new Prepared<>(
                    situation, plan, w -> SnapshotTree.empty(vm), Optional.empty(), Facts.of(Intent.Unreachable.LEAVE));
        });
    }

    Operation<SnapshotTree> migrate(VmId vm, Intent.Migrate intent, Actor actor) {
        return dispatcher.start(vm, Verb.MIGRATE, actor, lease -> {
            Situation situation = survey.forMigration(vm, intent);
            judged(situation, intent, Verb.MIGRATE, actor);
            OperationPlan plan = Planner.migrate(situation, intent.node());
            return new Prepared<>(
                    situation, plan, Work::tree, Optional.empty(), MigrateEffects.facts(situation, intent));
        });
    }

    Operation<List<Volume>> copies(VmId vm, Intent.Clone intent, Actor actor) {
        return dispatcher.start(vm, Verb.CLONE, actor, lease -> {
            Situation situation = reconciled(survey.forClone(vm, intent), lease);
            judged(situation, intent, Verb.CLONE, actor);
            List<Volume> volumes = CloneRule.volumes(situation, intent);
            SnapshotId id = intent.snapshot().orElseGet(wiring.ids());
            return new Prepared<>(
                    situation,
                    Planner.copies(situation, id, intent),
                    w -> volumes.stream()
                            .map(v -> v.withSource(intent.destinations().getOrDefault(v.target(), "")))
                            .toList(),
                    intent.snapshot().isPresent()
                            ? Optional.empty()
                            : Optional.of(passing(situation, id, volumes, actor)),
                    CloneEffects.facts(volumes, intent.destinations()));
        });
    }

    /** The snapshot that is there while the present state is copied. */
    private Prepared.Creation passing(Situation situation, SnapshotId id, List<Volume> volumes, Actor actor) {
        Set<String> others = Participation.unmarked(situation.claims()).volumes().stream()
                .filter(v -> !volumes.contains(v))
                .map(Volume::target)
                .collect(Collectors.toSet());
        SnapshotSpec spec = SnapshotSpec.named("copy of the disks").excluding(others.toArray(String[]::new));
        return new Prepared.Creation(recorded(situation, id, spec, volumes, actor), spec, List.of());
    }

    /**
     * Deletes the snapshots whose time is over.
     *
     * @param deletion deletes those of one VM
     */
    static List<VmSnapshots.Expired> deleteExpired(
            Wiring wiring, Leases leases, BiFunction<VmId, Intent.Delete, Operation<SnapshotTree>> deletion) {
        Instant now = wiring.clock().instant();
        List<VmSnapshots.Expired> all = new ArrayList<>();
        for (Stored stored : wiring.store().all()) {
            if (stored instanceof Damaged damaged) {
                damaged.vm()
                        .ifPresent(vm -> all.add(
                                new VmSnapshots.Expired(vm, Set.of(), Optional.of(DamagedRecords.failure(damaged)))));
                continue;
            }
            VmRecord record = stored.sound().orElseThrow();
            Set<SnapshotId> due = record.tree().snapshots().stream()
                    .filter(s -> s.labels()
                            .expiresAt()
                            .filter(at -> !at.isAfter(now))
                            .isPresent())
                    .map(Snapshot::id)
                    .collect(Collectors.toSet());
            if (!due.isEmpty()) {
                all.add(new VmSnapshots.Expired(record.vm(), due, deleted(leases, record.vm(), due, deletion)));
            }
        }
        return List.copyOf(all);
    }

    private static Optional<SnapshotException> deleted(
            Leases leases,
            VmId vm,
            Set<SnapshotId> due,
            BiFunction<VmId, Intent.Delete, Operation<SnapshotTree>> deletion) {
        return Isolation.failure(
                leases, () -> deletion.apply(vm, new Intent.Delete(due, false)).await());
    }

    Snapshot edit(VmId vm, Intent.Edit intent, Actor actor) {
        Lease lease = dispatcher.acquire(vm, Verb.EDIT, wiring.operationIds().get());
        try {
            Situation situation = DamagedRecords.orRefused(() -> {
                dispatcher.settled(lease, false);
                return survey.recorded(vm);
            });
            judged(situation, intent, Verb.EDIT, actor);
            Snapshot changed = situation
                    .record()
                    .tree()
                    .find(intent.snapshot())
                    .orElseThrow()
                    .withLabels(intent.labels());
            Work work = onRecords(lease, actor, situation);
            work.change(tree -> tree.replace(changed));
            runner.publish(work, changed);
            events.tell(actor, vm, Verb.EDIT, Phase.FINISHED, "", List.of(changed.id()), changed.name());
            return changed;
        } finally {
            leases.release(lease);
        }
    }

    /** Records what the states prove of snapshots; what is unknown changes no record. */
    Situation reconciled(Situation situation, Lease lease) {
        SnapshotTree proved = Wholeness.proved(situation);
        if (proved.equals(situation.record().tree())) {
            return situation;
        }
        onRecords(lease, Watermark.LIBRARY, situation).change(tree -> statuses(tree, proved));
        // A part that has just been found missing is refused as incomplete, which is more exact than "unavailable".
        return situation.with(Wholeness.healed(situation));
    }

    private static SnapshotTree statuses(SnapshotTree tree, SnapshotTree proved) {
        return tree.replaceAll(proved.snapshots().stream()
                .filter(snapshot -> tree.find(snapshot.id()).isPresent())
                .toList());
    }

    private Work onRecords(Lease lease, Actor actor, Situation situation) {
        JournalEntry entry = dispatcher.entry(lease, actor, Prepared.ofRecords(situation, lease.verb()));
        return Work.fresh(wiring, leases, entry, lease, () -> false);
    }

    private Verdict judged(Situation situation, Intent intent, Verb verb, Actor actor) {
        Verdict verdict = Rules.judge(situation, intent, actor);
        refused(verdict, situation, verb, actor);
        return verdict;
    }

    private void refused(Verdict verdict, Situation situation, Verb verb, Actor actor) {
        watermark.look(situation);
        if (!verdict.allowed()) {
            String codes = verdict.refusals().stream().map(r -> r.code().name()).collect(Collectors.joining(", "));
            events.refused(actor, situation.record().vm(), verb, codes);
        }
        verdict.orThrow();
    }

    private boolean nodeIsKnown(Situation situation) {
        return situation.chosen().isPresent()
                || situation.record().node().filter(wiring::hasNode).isPresent();
    }

    private Snapshot recorded(
            Situation situation, SnapshotId id, SnapshotSpec spec, List<Volume> volumes, Actor actor) {
        Sighting at = situation.chosen().orElseThrow();
        Instant now = wiring.clock().instant();
        Snapshot.Labels labels = spec.labels().name().isBlank()
                ? spec.labels().name(DefaultName.at(now, wiring.clock().getZone()))
                : spec.labels();
        return new Snapshot(
                id,
                situation.record().vm(),
                situation.record().tree().current(),
                labels,
                now,
                actor,
                Snapshot.Status.CREATING,
                Optional.empty(),
                spec.ram(),
                at.vm().power(),
                at.node(),
                volumes.stream().map(volume -> located(situation, volume)).toList(),
                spec.excluded(),
                Optional.empty());
    }

    /** The disk with where it was seen, so that whoever undoes this knows where parts may be. */
    private static Volume located(Situation situation, Volume volume) {
        return situation
                .stateOf(volume)
                .flatMap(state -> state.volume().location())
                .map(volume::at)
                .orElse(volume);
    }
}
