package dev.vmsnap.core.internal.run;

import dev.vmsnap.Snapshot;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Volumes;
import dev.vmsnap.spi.HypervisorDriver.InImageSnapshots;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmDescription;
import java.util.List;

/** Who works on the parts of a snapshot: the hypervisor on images it has open, the storages on everything else. */
final class Parts {

    private Parts() {}

    /** The volumes whose images the hypervisor has open now, under the targets that they have now. */
    static List<Volume> open(Work work, List<Volume> volumes) {
        VmDescription vm = work.description();
        if (!vm.power().isActive()) {
            return List.of();
        }
        return volumes.stream()
                .filter(v -> work.hasStorage(v.storage())
                        && work.storage(v.storage()).traits().contains(Trait.IN_IMAGE)
                        && vm.has(v))
                .map(v -> Volumes.in(v, vm))
                .toList();
    }

    static void delete(Work work, Snapshot snapshot) {
        List<Volume> open = open(work, snapshot.volumes());
        if (!open.isEmpty()) {
            work.role(InImageSnapshots.class).delete(work.vm(), open, snapshot.id(), work.call());
        }
        List<Volume> closed = closed(snapshot.volumes(), open);
        Survey.byStorage(closed).forEach((storage, volumes) -> delete(work, snapshot, storage, volumes));
    }

    static void delete(Work work, Snapshot snapshot, String storage, List<Volume> volumes) {
        work.storage(storage).delete(volumes, snapshot.id(), work.call());
        if (work.afterCrash() && !work.description().power().isActive()) {
            work.storage(storage).reclaim(Reclamation.ofAnySize(volumes), work.call());
        }
    }

    /** The volumes that are not among those that the hypervisor has open. */
    static List<Volume> closed(List<Volume> volumes, List<Volume> open) {
        return volumes.stream()
                .filter(volume -> open.stream().noneMatch(other -> other.key().equals(volume.key())))
                .toList();
    }
}
