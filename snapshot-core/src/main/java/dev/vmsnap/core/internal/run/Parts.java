package dev.vmsnap.core.internal.run;

import dev.vmsnap.Snapshot;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.HypervisorDriver.InImageSnapshots;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmDescription;
import java.util.List;

/** Who works on the parts of a snapshot: the hypervisor on images it has open, the storages on everything else. */
final class Parts {

    private Parts() {}

    /** The volumes whose images the hypervisor has open now. */
    static List<Volume> open(Work work, List<Volume> volumes) {
        VmDescription vm = work.description();
        if (!vm.power().isActive()) {
            return List.of();
        }
        return volumes.stream()
                .filter(v -> work.storage(v.storage()).traits().contains(Trait.IN_IMAGE) && attached(vm, v))
                .toList();
    }

    static void delete(Work work, Snapshot snapshot) {
        List<Volume> open = open(work, snapshot.volumes());
        if (!open.isEmpty()) {
            work.role(InImageSnapshots.class).delete(work.vm(), open, snapshot.id(), work.call());
        }
        List<Volume> closed =
                snapshot.volumes().stream().filter(v -> !open.contains(v)).toList();
        Survey.byStorage(closed).forEach((storage, volumes) -> {
            work.storage(storage).delete(volumes, snapshot.id(), work.call());
            if (work.afterCrash() && !work.description().power().isActive()) {
                work.storage(storage).reclaim(Reclamation.ofAnySize(volumes), work.call());
            }
        });
    }

    private static boolean attached(VmDescription vm, Volume volume) {
        return vm.disks().stream()
                .anyMatch(d -> d.target().equals(volume.target())
                        && d.source().filter(volume.source()::equals).isPresent());
    }
}
