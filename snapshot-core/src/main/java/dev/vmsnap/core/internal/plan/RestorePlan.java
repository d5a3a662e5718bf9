package dev.vmsnap.core.internal.plan;

import dev.vmsnap.Intent;
import dev.vmsnap.Plan;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Ability;
import dev.vmsnap.core.internal.rules.BitmapRule;
import dev.vmsnap.core.internal.rules.GuestRule;
import dev.vmsnap.core.internal.rules.RamPlace;
import dev.vmsnap.core.internal.rules.Rules;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.spi.VmDescription;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Plans the steps that bring a VM back to a snapshot, and leave it in the chosen power state. */
final class RestorePlan {
    private final Situation situation;
    private final Snapshot snapshot;
    private final Intent.RestoreOptions options;
    private final VmDescription vm;
    private final List<PlannedStep> steps = new ArrayList<>();

    RestorePlan(Situation situation, Snapshot snapshot, Intent.RestoreOptions options) {
        this.situation = situation;
        this.snapshot = snapshot;
        this.options = options;
        this.vm = situation.chosen().orElseThrow().vm();
    }

    OperationPlan plan() {
        List<Volume> volumes =
                Rules.wanted(situation, snapshot, options.drift()).volumes();
        StepKind apply = volumes.equals(snapshot.volumes()) ? StepKind.APPLY : StepKind.APPLY_PRESENT;
        boolean ram = GuestRule.loadsRam(snapshot, options);
        Set<String> ramBeside = ram
                ? RamPlace.of(volumes, situation.traits())
                        .flatMap(RamPlace::beside)
                        .map(Set::of)
                        .orElse(Set.of())
                : Set.of();
        boolean ramInside = ram && ramBeside.isEmpty();
        boolean configure = options.drift() == Intent.Drift.RESTORE_CONFIGURATION;

        add(true, StepKind.MARK_RESTORING);
        add(vm.power().isActive(), StepKind.STOP);
        int noReturn = steps.size();
        add(configure, StepKind.CONFIGURE);
        add(vm.machineState() || configure, StepKind.LOAD_MACHINE_STATE);
        each(StepKind.DROP_BITMAPS, storages(BitmapRule.dropped(situation, volumes, options)));
        add(options.dropBitmaps() && can(Ability.CHECKPOINTS), StepKind.FORGET_CHECKPOINTS);
        each(apply, ramInside ? Set.of() : storages(volumes));
        add(ramInside, StepKind.LOAD_RAM_IN_IMAGES);
        each(StepKind.LOAD_RAM_BESIDE, ramBeside);
        add(!ram && (vm.generationId() || configure) && can(Ability.GENERATION_IDS), StepKind.RENEW_GENERATION_ID);
        add(!ram && GuestRule.starts(vm, snapshot, options), StepKind.START);
        add(true, StepKind.COMMIT_RESTORE);
        add(ram && GuestRule.runsAfter(snapshot, options) && can(Ability.GUEST_CLOCK), StepKind.SET_CLOCK);
        add(ram && !configure && can(Ability.METADATA), StepKind.REFRESH_METADATA);
        each(StepKind.CLOSE_RAM, ramBeside);
        each(StepKind.PUBLISH, storages(snapshot.volumes()));

        return new OperationPlan(Verb.RESTORE, List.of(snapshot.id()), steps, noReturn, pause(), Map.of());
    }

    private Plan.Pause pause() {
        return vm.power().isActive() ? Plan.Pause.RESTART : Plan.Pause.NONE;
    }

    private boolean can(Ability ability) {
        return situation.abilities().contains(ability);
    }

    private void add(boolean wanted, StepKind kind) {
        if (wanted) {
            steps.add(PlannedStep.of(kind));
        }
    }

    private void each(StepKind kind, Set<String> storages) {
        storages.forEach(storage -> steps.add(new PlannedStep(kind, storage)));
    }

    private static Set<String> storages(List<Volume> volumes) {
        return volumes.stream().map(Volume::storage).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
