package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.core.internal.rules.SpaceRule;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import java.util.List;
import java.util.Map;

/** What keeps RAM beside the volumes, and brings it back: a storage gives the place, the hypervisor fills it. */
final class RamEffects {

    private RamEffects() {}

    static Map<StepKind, Effect> all() {
        return Map.of(
                StepKind.RESERVE_RAM, new Reserve(),
                StepKind.SAVE_RAM_BESIDE, RamEffects::save,
                StepKind.KEEP_RAM, RamEffects::keep,
                StepKind.LOAD_RAM_BESIDE, new Load(),
                StepKind.CLOSE_RAM, RamEffects::close);
    }

    private static final class Reserve implements Effect {
        @Override
        public void run(Work work, String storage) {
            long bytes = SpaceRule.ramBytes(work.description().memoryBytes());
            StorageDriver.RamBeside place = place(work, storage);
            place.reserveRam(of(work, storage), snapshot(work).id(), bytes, work.call());
            // Opened now, so that the guest does not wait for it.
            work.ramTarget(place.openRam(of(work, storage), snapshot(work).id(), work.call()));
        }

        @Override
        public void undo(Work work, String storage) {
            if (work.snapshot().isPresent()) {
                work.storage(storage).delete(of(work, storage), snapshot(work).id(), work.call());
            }
        }
    }

    private static final class Load implements Effect {
        @Override
        public void run(Work work, String storage) {
            load(work, storage);
        }

        @Override
        public void complete(Work work, String storage) {
            RestoreEffects.completeRam(work);
        }
    }

    private static void save(Work work, String nothing) {
        work.savedRam(work.role(HypervisorDriver.RamBeside.class).save(work.vm(), work.ramTarget(), work.call()));
    }

    private static void keep(Work work, String storage) {
        place(work, storage).keepRam(of(work, storage), snapshot(work).id(), work.savedRam(), work.call());
    }

    private static void load(Work work, String storage) {
        Snapshot snapshot = snapshot(work);
        PowerState power = RestoreEffects.powerWithRam(work);
        String target = place(work, storage).openRam(of(work, storage), snapshot.id(), work.call());
        work.role(HypervisorDriver.RamBeside.class)
                .restore(work.vm(), target, RestoreEffects.configuration(work), power, work.call());
        work.guestContinues();
        work.changed();
    }

    private static void close(Work work, String storage) {
        place(work, storage).closeRam(of(work, storage), snapshot(work).id(), work.call());
    }

    private static StorageDriver.RamBeside place(Work work, String storage) {
        if (work.storage(storage) instanceof StorageDriver.RamBeside place) {
            return place;
        }
        throw new DriverException(
                storage, DriverException.Reason.BROKEN, "Storage driver " + storage + " keeps no RAM.");
    }

    private static Snapshot snapshot(Work work) {
        return work.snapshot(work.entry().snapshots().get(0));
    }

    private static List<Volume> of(Work work, String storage) {
        return snapshot(work).volumes().stream()
                .filter(v -> v.storage().equals(storage))
                .toList();
    }
}
