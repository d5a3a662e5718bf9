package dev.vmsnap;

import java.util.Optional;

/**
 * One VM in a list.
 *
 * @param vm its id
 * @param name what the hypervisor calls it, or called it last
 * @param node the node that has it now; empty if no node that answers has it, or none was asked
 * @param lastNode the node that had it when its record was saved last; empty if there is no record of it
 * @param power its power state; empty if {@code node} is
 * @param snapshots how many snapshots it has
 * @param current the snapshot that its state descends from
 * @param leftBehind how many parts of deleted snapshots are still to be deleted
 * @param damage why the store's records of it cannot be read, so that nothing is known of its snapshots; empty if they can
 */
public record VmOverview(
        VmId vm,
        String name,
        Optional<String> node,
        Optional<String> lastNode,
        Optional<PowerState> power,
        int snapshots,
        Optional<SnapshotId> current,
        int leftBehind,
        Optional<String> damage) {

    /**
     * Tells whether to show the marker for VMs that have snapshots.
     *
     * @return true when there is at least one
     */
    public boolean hasSnapshots() {
        return snapshots > 0;
    }
}
