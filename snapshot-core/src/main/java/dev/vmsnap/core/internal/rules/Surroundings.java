package dev.vmsnap.core.internal.rules;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import java.util.List;
import java.util.Map;

/**
 * Holds the facts around a VM that decide about a verb: its node's obstacles, and other VMs.
 *
 * @param obstacles what keeps the VM's own node from starting it as the verb would leave it, one phrase each
 * @param owners the VMs of snapshots that were seen on the VM's volumes and that the store keeps for other VMs
 * @param sharing the names of other VMs that have a disk of this VM too, by disk
 */
public record Surroundings(
        List<String> obstacles, Map<SnapshotId, VmId> owners, Map<Volume.Key, List<String>> sharing) {
    /** Nothing else has a say, or nobody asked. */
    public static final Surroundings NONE = new Surroundings(List.of(), Map.of(), Map.of());

    /** Copies the collections. */
    public Surroundings {
        obstacles = List.copyOf(obstacles);
        owners = Map.copyOf(owners);
        sharing = Map.copyOf(sharing);
    }
}
