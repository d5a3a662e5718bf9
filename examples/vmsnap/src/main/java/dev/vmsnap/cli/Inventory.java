package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The snapshots of one VM.
 *
 * @param vm the VM
 * @param tree its snapshots
 * @param usages what they take; empty when nobody asked for it
 * @param listed those of them that a list shows
 */
record Inventory(Vm vm, SnapshotTree tree, Optional<Usages> usages, List<Snapshot> listed) {
    Inventory(Vm vm, SnapshotTree tree, Optional<Usages> usages) {
        this(vm, tree, usages, tree.snapshots());
    }

    /** The same with a list of some. */
    Inventory only(Predicate<Snapshot> wanted) {
        return new Inventory(
                vm, tree, usages, tree.snapshots().stream().filter(wanted).toList());
    }

    /** Returns what they take, as far as it is known. */
    Usages known() {
        return usages.orElse(Usages.UNKNOWN);
    }
}
