package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What hands a VM that is off from its node to another one. */
final class MigrateEffects {

    private MigrateEffects() {}

    static Map<StepKind, Effect> all() {
        return Map.of(
                StepKind.RELEASE_VOLUMES, new Release(),
                StepKind.ADOPT_VOLUMES, new Adopt(),
                StepKind.DEFINE_THERE, new Define(),
                StepKind.FORGET_HERE, (work, nothing) -> work.hypervisor().forget(work.vm()),
                StepKind.COMMIT_MIGRATION, (work, nothing) -> work.movedTo(target(work)));
    }

    private static final class Release implements Effect {
        @Override
        public void run(Work work, String storage) {
            requireOff(work.hypervisor().find(work.vm()), work.entry().node());
            portable(work, storage).release(of(work, storage), work.call());
        }

        @Override
        public void undo(Work work, String storage) {
            portable(work, storage).adopt(of(work, storage), work.call());
        }
    }

    private static final class Adopt implements Effect {
        @Override
        public void run(Work work, String storage) {
            portable(work, storage).adopt(of(work, storage), work.call(there(work)));
        }

        @Override
        public void undo(Work work, String storage) {
            portable(work, storage).release(of(work, storage), work.call(there(work)));
        }
    }

    private static final class Define implements Effect {
        @Override
        public void run(Work work, String nothing) {
            boolean had = there(work).find(work.vm()).isPresent();
            work.remember(Facts.TARGET_HAD_IT, Boolean.toString(had));
            there(work).define(work.vm(), work.hypervisor().configuration(work.vm()));
        }

        @Override
        public void undo(Work work, String nothing) {
            boolean ours =
                    work.remembered(Facts.TARGET_HAD_IT).filter("false"::equals).isPresent();
            if (ours) {
                there(work).forget(work.vm());
            }
        }
    }

    private static void requireOff(Optional<VmDescription> vm, String node) {
        if (vm.filter(seen -> seen.power() != PowerState.OFF).isPresent()) {
            throw new DriverException(
                    "core", DriverException.Reason.IN_USE, "The VM was started on node " + node + " meanwhile.");
        }
    }

    private static HypervisorDriver there(Work work) {
        return work.wiring().node(target(work));
    }

    private static String target(Work work) {
        return work.entry().facts().getOrDefault(Facts.TARGET, "");
    }

    private static List<Volume> of(Work work, String storage) {
        return new Survey(work.wiring())
                .volumes(work.record(), work.description(), work.call()).stream()
                        .filter(v -> v.storage().equals(storage))
                        .toList();
    }

    private static StorageDriver.Portable portable(Work work, String storage) {
        if (work.storage(storage) instanceof StorageDriver.Portable portable) {
            return portable;
        }
        throw new DriverException(
                storage,
                DriverException.Reason.BROKEN,
                "Storage driver " + storage + " cannot hand volumes to another node.");
    }
}
