package dev.vmsnap.core.internal.plan;

import dev.vmsnap.Intent;
import dev.vmsnap.Plan;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Ability;
import dev.vmsnap.core.internal.rules.CloneRule;
import dev.vmsnap.core.internal.rules.CutRule;
import dev.vmsnap.core.internal.rules.Participation;
import dev.vmsnap.core.internal.rules.RamPlace;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.SpaceRule;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** Turns an intent that the rules allow into steps. */
public final class Planner {

    private Planner() {}

    /** Plans a create. The id is only known to the run. */
    public static OperationPlan create(Situation situation, SnapshotId id, SnapshotSpec spec) {
        VmDescription vm = situation.chosen().orElseThrow().vm();
        List<Volume> volumes = Participation.of(situation.claims(), spec.ram(), spec.excluded())
                .volumes();
        Optional<RamPlace> place = spec.ram() ? RamPlace.of(volumes, situation.traits()) : Optional.empty();
        Set<String> ramBeside = place.flatMap(RamPlace::beside).map(Set::of).orElse(Set.of());
        boolean ramInside = place.isPresent() && ramBeside.isEmpty();
        List<Volume> inImages = vm.power().isActive() ? with(volumes, situation, Trait.IN_IMAGE) : List.of();
        Set<String> others = storages(volumes.stream()
                .filter(v -> !vm.power().isActive() || !inImages.contains(v))
                .toList());
        boolean running = vm.power() == PowerState.RUNNING;
        boolean freeze = running
                && !spec.ram()
                && spec.quiesce() != SnapshotSpec.Quiesce.NEVER
                && vm.agent()
                && situation.abilities().contains(Ability.QUIESCE);
        boolean hold = CutRule.needsHold(vm, volumes, situation.traits(), spec.ram());

        List<PlannedStep> steps = new ArrayList<>();
        steps.add(PlannedStep.of(StepKind.RECORD));
        each(StepKind.PREPARE, storages(volumes), steps);
        each(StepKind.RESERVE_RAM, ramBeside, steps);
        add(steps, freeze, StepKind.FREEZE);
        add(steps, hold, StepKind.HOLD);
        add(steps, vm.machineState(), StepKind.SAVE_MACHINE_STATE);
        // For RAM inside images the hypervisor holds the guest by itself, and that RAM has all of this in it too.
        boolean early = hold && ramInside;
        add(steps, early, StepKind.RELEASE);
        if (!inImages.isEmpty()) {
            add(steps, true, ramInside ? StepKind.SAVE_RAM_IN_IMAGES : StepKind.CUT_IN_IMAGES);
        }
        // QEMU writes to no image any more once RAM is saved, so what it does itself comes before.
        each(StepKind.SAVE_RAM_BESIDE, ramBeside, steps);
        each(StepKind.CUT, others, steps);
        add(steps, hold && !early, StepKind.RELEASE);
        add(steps, freeze, StepKind.THAW);
        each(StepKind.KEEP_RAM, ramBeside, steps);
        steps.add(PlannedStep.of(StepKind.VERIFY_PARTS));
        steps.add(PlannedStep.of(StepKind.COMMIT));
        int noReturn = steps.size();
        each(StepKind.PUBLISH, storages(volumes), steps);

        OptionalLong memory = spec.ram() ? OptionalLong.of(vm.memoryBytes()) : OptionalLong.empty();
        Plan.Pause pause = !running ? Plan.Pause.NONE : spec.ram() ? Plan.Pause.WHOLE_RAM : Plan.Pause.METADATA;
        return new OperationPlan(
                Verb.CREATE,
                List.of(id),
                steps,
                noReturn,
                pause,
                SpaceRule.bytesNeeded(volumes, situation.states(), situation.traits(), memory));
    }

    /** Plans a restore. */
    public static OperationPlan restore(Situation situation, Snapshot snapshot, Intent.RestoreOptions options) {
        return new RestorePlan(situation, snapshot, options).plan();
    }

    /** Plans the deletion of snapshots, children before parents. */
    public static OperationPlan delete(Situation situation, Verb verb, Collection<SnapshotId> which) {
        SnapshotTree tree = situation.record().tree();
        List<Snapshot> doomed = new ArrayList<>(
                tree.snapshots().stream().filter(s -> which.contains(s.id())).toList());
        Collections.reverse(doomed);
        Set<String> touched =
                storages(doomed.stream().flatMap(s -> s.volumes().stream()).toList());

        List<PlannedStep> steps = new ArrayList<>();
        steps.add(PlannedStep.of(StepKind.MARK_DELETING));
        int noReturn = steps.size();
        doomed.forEach(s -> steps.add(new PlannedStep(StepKind.DELETE, s.id().value())));
        // RAM that was restored, or whose saving failed, stays allocated in the image beyond the end of the disk.
        boolean mayLeak = doomed.stream().anyMatch(s -> s.ram() || s.status() == Snapshot.Status.UNAVAILABLE);
        add(steps, mayLeak, StepKind.RECLAIM);
        boolean lastOnes = tree.prune(which).isEmpty();
        each(lastOnes ? StepKind.UNPUBLISH : StepKind.PUBLISH, touched, steps);
        steps.add(PlannedStep.of(StepKind.COMMIT_DELETE));
        add(steps, verb == Verb.DELETE_VM, StepKind.FORGET);
        List<SnapshotId> ids = doomed.stream().map(Snapshot::id).toList();
        // QEMU answers nothing else while it deletes in an image that it has open.
        boolean open = situation
                        .chosen()
                        .filter(at -> at.vm().power() == PowerState.RUNNING)
                        .isPresent()
                && doomed.stream().anyMatch(s -> !with(s.volumes(), situation, Trait.IN_IMAGE)
                        .isEmpty());
        Plan.Pause pause = open ? Plan.Pause.METADATA : Plan.Pause.NONE;
        return new OperationPlan(verb, ids, steps, noReturn, pause, Map.of());
    }

    /** Plans to hand a VM that is off to another node; one that is there already needs only its record. */
    public static OperationPlan migrate(Situation situation, String node) {
        List<PlannedStep> steps = new ArrayList<>();
        if (!situation.chosen().orElseThrow().node().equals(node)) {
            Set<String> storages =
                    storages(situation.states().all().map(VolumeState::volume).toList());
            each(StepKind.RELEASE_VOLUMES, storages, steps);
            each(StepKind.ADOPT_VOLUMES, storages, steps);
            steps.add(PlannedStep.of(StepKind.VERIFY_THERE));
            steps.add(PlannedStep.of(StepKind.DEFINE_THERE));
        }
        int noReturn = steps.size();
        add(steps, !steps.isEmpty(), StepKind.FORGET_HERE);
        steps.add(PlannedStep.of(StepKind.COMMIT_MIGRATION));
        if (noReturn > 0 && !situation.record().tree().isEmpty()) {
            each(StepKind.PUBLISH, storages(copied(situation, true)), steps);
            each(StepKind.UNPUBLISH_HERE, storages(copied(situation, true)), steps);
            each(StepKind.PUBLISH, storages(copied(situation, false)), steps);
        }
        return new OperationPlan(Verb.MIGRATE, List.of(), steps, noReturn, Plan.Pause.NONE, Map.of());
    }

    /** The volumes of snapshots that the host has copied, or those that both nodes reach. */
    private static List<Volume> copied(Situation situation, boolean copied) {
        return situation.record().tree().snapshots().stream()
                .flatMap(snapshot -> snapshot.volumes().stream())
                .filter(volume -> (volume.kind() == StorageKind.FILE) == copied)
                .toList();
    }

    /**
     * Plans copies of disks. The present state is cut like a snapshot, copied from that, and the snapshot goes again; so
     * that all disks are from one instant and the VM can run. The guest is held only if the disks need it: what the machine
     * keeps outside them is not copied, and a snapshot that is there is on storage already.
     */
    public static OperationPlan copies(Situation situation, SnapshotId id, Intent.Clone intent) {
        VmDescription vm = situation.chosen().orElseThrow().vm();
        List<Volume> volumes = CloneRule.volumes(situation, intent);
        boolean present = intent.snapshot().isEmpty();
        List<Volume> inImages = vm.power().isActive() ? with(volumes, situation, Trait.IN_IMAGE) : List.of();
        boolean hold = present && CutRule.disksNeedHold(vm, volumes, situation.traits());
        List<PlannedStep> steps = new ArrayList<>();
        if (present) {
            Set<String> others =
                    storages(volumes.stream().filter(v -> !inImages.contains(v)).toList());
            steps.add(PlannedStep.of(StepKind.RECORD));
            each(StepKind.PREPARE, storages(volumes), steps);
            add(steps, hold, StepKind.HOLD);
            add(steps, !inImages.isEmpty(), StepKind.CUT_IN_IMAGES);
            each(StepKind.CUT, others, steps);
            add(steps, hold, StepKind.RELEASE);
            steps.add(PlannedStep.of(StepKind.VERIFY_PARTS));
        }
        each(StepKind.COPY, storages(volumes), steps);
        each(StepKind.REVEAL, storages(volumes), steps);
        int noReturn = steps.size();
        each(StepKind.HAND_OVER, storages(volumes), steps);
        if (present) {
            steps.add(new PlannedStep(StepKind.DELETE, id.value()));
            steps.add(PlannedStep.of(StepKind.COMMIT_DELETE));
        }
        boolean stops = present && vm.power() == PowerState.RUNNING;
        Plan.Pause pause = stops ? Plan.Pause.METADATA : Plan.Pause.NONE;
        return new OperationPlan(Verb.CLONE, List.of(id), steps, noReturn, pause, Map.of());
    }

    /** Plans to forget a VM whose node the host no longer has: what is on its storage cannot be reached any more. */
    public static OperationPlan forget() {
        return new OperationPlan(
                Verb.DELETE_VM, List.of(), List.of(PlannedStep.of(StepKind.FORGET)), 1, Plan.Pause.NONE, Map.of());
    }

    private static List<Volume> with(List<Volume> volumes, Situation situation, Trait trait) {
        return volumes.stream()
                .filter(v ->
                        situation.traits().getOrDefault(v.storage(), Set.of()).contains(trait))
                .toList();
    }

    private static Set<String> storages(List<Volume> volumes) {
        return volumes.stream().map(Volume::storage).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static void add(List<PlannedStep> steps, boolean wanted, StepKind kind) {
        if (wanted) {
            steps.add(PlannedStep.of(kind));
        }
    }

    private static void each(StepKind kind, Set<String> storages, List<PlannedStep> steps) {
        storages.forEach(s -> steps.add(new PlannedStep(kind, s)));
    }
}
