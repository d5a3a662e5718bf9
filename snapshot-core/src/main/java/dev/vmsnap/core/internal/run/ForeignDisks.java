package dev.vmsnap.core.internal.run;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Volumes;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmDescription;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Deletes parts on disks that other VMs have by now: under the lease of each of these VMs, and through QEMU if one of them
 * has the image open.
 */
final class ForeignDisks {
    private final Wiring wiring;
    private final Leases leases;

    ForeignDisks(Wiring wiring, Leases leases) {
        this.wiring = wiring;
        this.leases = leases;
    }

    /** The other VMs of a node that have a volume, active ones first; none if the VM itself has it. */
    static List<VmDescription> holders(HypervisorDriver node, VmDescription vm, Volume volume) {
        if (vm.has(volume)) {
            return List.of();
        }
        return node.vms().stream()
                .filter(other -> !other.id().equals(vm.id()) && other.has(volume))
                .sorted(Comparator.comparing(other -> !other.power().isActive()))
                .toList();
    }

    /**
     * Deletes a snapshot's part through the VMs that have the disk.
     *
     * @param own the lease of the operation that deletes it
     * @return the reason why nothing was deleted, if another operation works on one of these VMs
     */
    Optional<String> delete(SnapshotId snapshot, Volume volume, List<VmDescription> holders, String node, Lease own) {
        List<Lease> held = new ArrayList<>();
        try {
            for (VmDescription holder : holders) {
                Optional<Lease> lease = leases.tryAcquireFor(
                        own, wiring, holder.id(), wiring.operationIds().get());
                if (lease.isEmpty()) {
                    return Optional.of(
                            "another operation works on VM \"" + holder.name() + "\", which has the disk now");
                }
                held.add(lease.get());
            }
            delete(snapshot, volume, holders.get(0), node, held.get(0));
            return Optional.empty();
        } finally {
            held.forEach(leases::release);
        }
    }

    /** Deletes a snapshot's part on behalf of a VM whose lease is held. */
    void delete(SnapshotId snapshot, Volume volume, VmDescription vm, String node, Lease lease) {
        Tenure tenure = leases.tenure(lease);
        StorageDriver storage = tenure.storage(volume.storage());
        List<Volume> volumes = List.of(Volumes.in(volume, vm));
        DriverCall call = tenure.call(vm, node);
        boolean active = vm.power().isActive();
        if (active
                && vm.has(volume)
                && storage.traits().contains(Trait.IN_IMAGE)
                && tenure.node(node) instanceof HypervisorDriver.InImageSnapshots images) {
            images.delete(vm.id(), volumes, snapshot, call);
            return;
        }
        storage.delete(volumes, snapshot, call);
        if (!active) {
            storage.reclaim(volumes, tenure.call(vm, node));
        }
    }
}
