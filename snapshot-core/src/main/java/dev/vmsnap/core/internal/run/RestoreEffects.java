package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.spi.HypervisorDriver.InImageRam;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** What brings a VM back to a snapshot. */
final class RestoreEffects {

    private RestoreEffects() {}

    static Map<StepKind, Effect> all() {
        return Map.of(
                StepKind.MARK_RESTORING, new Mark(),
                StepKind.CONFIGURE, (work, nothing) -> configure(work),
                StepKind.APPLY, (work, storage) -> apply(work, storage, volume -> true),
                StepKind.APPLY_PRESENT, (work, storage) -> apply(work, storage, presentIn(work)),
                StepKind.LOAD_RAM_IN_IMAGES, new LoadRam(),
                StepKind.COMMIT_RESTORE, (work, nothing) -> commit(work));
    }

    /** Returns the fields of the journal by which a later process ends in the chosen power state. */
    static Map<String, String> facts(Situation situation, Intent.RestoreOptions options) {
        Map<String, String> facts =
                new HashMap<>(Map.of(Facts.POWER_AFTER, options.power().name()));
        facts.put(
                Facts.GENERATION_ID,
                generationId(situation.chosen().orElseThrow().vm()));
        return facts;
    }

    private static String generationId(VmDescription vm) {
        return vm.generationId() ? Facts.YES : Facts.NO;
    }

    /** Returns whether the VM that is started has a generation ID. */
    static boolean hasGenerationId(Work work) {
        return work.remembered(Facts.GENERATION_ID).filter(Facts.YES::equals).isPresent();
    }

    private static void configure(Work work) {
        work.hypervisor().define(work.vm(), configuration(work));
        work.changed();
        work.remember(Facts.GENERATION_ID, generationId(work.description()));
    }

    private static final class Mark implements Effect {
        @Override
        public void run(Work work, String nothing) {
            status(work, Snapshot.Status.RESTORING);
        }

        @Override
        public void undo(Work work, String nothing) {
            if (work.snapshot()
                    .filter(s -> s.status() == Snapshot.Status.RESTORING)
                    .isPresent()) {
                status(work, Snapshot.Status.AVAILABLE);
            }
        }
    }

    private static void apply(Work work, String storage, Predicate<Volume> which) {
        List<Volume> volumes = volumes(work, storage).stream().filter(which).toList();
        StorageDriver driver = work.storage(storage);
        driver.restore(volumes, snapshot(work).id(), work.call());
        if (work.afterCrash()) {
            driver.reclaim(Reclamation.ofAnySize(volumes), work.call());
        }
    }

    /** The volumes of the snapshot on one storage. */
    static List<Volume> volumes(Work work, String storage) {
        return snapshot(work).volumes().stream()
                .filter(v -> v.storage().equals(storage))
                .toList();
    }

    /** The power state in which a guest whose RAM is loaded ends. */
    static PowerState powerWithRam(Work work) {
        boolean held = snapshot(work).power() == PowerState.PAUSED || powerAfter(work) == Intent.PowerAfter.PAUSED;
        return held ? PowerState.PAUSED : PowerState.RUNNING;
    }

    /** Whether a VM that is started without RAM is held from its first instruction on. */
    static boolean startsHeld(Work work) {
        return switch (powerAfter(work)) {
            case AS_IT_WAS -> work.powerBefore() == PowerState.PAUSED;
            case PAUSED -> true;
            case OFF -> false;
        };
    }

    /** Returns the chosen power state; journals of an older version lack it. */
    private static Intent.PowerAfter powerAfter(Work work) {
        return Optional.ofNullable(work.entry().facts().get(Facts.POWER_AFTER))
                .map(Intent.PowerAfter::valueOf)
                .orElse(Intent.PowerAfter.AS_IT_WAS);
    }

    /** Returns whether the VM has a volume as a disk: one that it lost may be another VM's. */
    static Predicate<Volume> presentIn(Work work) {
        return work.description()::has;
    }

    private static final class LoadRam implements Effect {
        @Override
        public void run(Work work, String nothing) {
            loadRam(work);
        }

        @Override
        public void complete(Work work, String nothing) {
            completeRam(work);
        }
    }

    /** Completes a load of RAM whose outcome is not known, of a VM that is active; fails while it is still loaded. */
    static void completeRam(Work work) {
        VmDescription vm = work.description();
        if (vm.power() == PowerState.OTHER || vm.job().isPresent()) {
            throw new DriverException(
                    "core",
                    DriverException.Reason.IN_USE,
                    "The hypervisor still works on VM " + work.vm() + ", whose RAM it was told to restore.");
        }
        work.hypervisor().completeRestore(work.vm(), configuration(work));
        work.changed();
    }

    private static void loadRam(Work work) {
        Snapshot snapshot = snapshot(work);
        List<Volume> around = snapshot.volumes().stream()
                .filter(v -> work.storage(v.storage()).traits().contains(Trait.RAM_IN_IMAGE))
                .toList();
        work.role(InImageRam.class)
                .restore(work.vm(), around, snapshot.id(), configuration(work), powerWithRam(work), work.call());
        work.guestContinues();
        work.changed();
    }

    private static void commit(Work work) {
        Snapshot snapshot = snapshot(work);
        work.change(tree ->
                tree.replace(snapshot.withStatus(Snapshot.Status.AVAILABLE)).moveCurrent(Optional.of(snapshot.id())));
    }

    private static void status(Work work, Snapshot.Status status) {
        work.change(tree -> tree.replace(snapshot(work).withStatus(status)));
    }

    private static Snapshot snapshot(Work work) {
        return work.snapshot(work.entry().snapshots().get(0));
    }

    static VmConfiguration configuration(Work work) {
        VmConfiguration found = work.wiring()
                .store()
                .configurations(work.vm())
                .get(snapshot(work).id());
        if (found == null) {
            throw new DriverException(
                    "store",
                    DriverException.Reason.MISSING,
                    "The store has no configuration for snapshot "
                            + snapshot(work).id() + ".");
        }
        return found;
    }
}
