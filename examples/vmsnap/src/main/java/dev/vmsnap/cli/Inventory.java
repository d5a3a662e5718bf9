package dev.vmsnap.cli;

import dev.vmsnap.SnapshotTree;
import java.util.Optional;

/**
 * The snapshots of one VM.
 *
 * @param vm the VM
 * @param tree its snapshots
 * @param usages what they take; empty when nobody asked for it
 */
record Inventory(Vm vm, SnapshotTree tree, Optional<Usages> usages) {
    /** Returns what they take, as far as it is known. */
    Usages known() {
        return usages.orElse(Usages.UNKNOWN);
    }
}
