package dev.vmsnap.spi;

import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import java.util.List;
import java.util.Optional;

/**
 * Everything the store remembers of one VM, but for the configurations of its snapshots.
 *
 * @param vm the VM
 * @param revision how often it was saved; 0 for one that never was
 * @param name what the hypervisor called the VM last; may be empty
 * @param node the node that had it last
 * @param template the settings template that it is assigned to
 * @param choice what it says itself about its settings
 * @param tree its snapshots
 * @param leftovers the parts of deleted snapshots that are still to be deleted, because their storage was away or the disk
 *     in use
 */
public record VmRecord(
        VmId vm,
        long revision,
        String name,
        Optional<String> node,
        Optional<String> template,
        SettingsChoice choice,
        SnapshotTree tree,
        List<Leftover> leftovers)
        implements SnapshotStore.Stored {

    /**
     * A part of a deleted snapshot that is still to be deleted.
     *
     * @param snapshot the snapshot, which is in no tree any more
     * @param volume the volume that may hold its part; its size and chain are not kept
     * @param why why it could not be deleted, for people
     */
    public record Leftover(SnapshotId snapshot, Volume volume, String why) {}

    /** Checks that the tree is the VM's. */
    public VmRecord {
        leftovers = List.copyOf(leftovers);
        if (!tree.vm().equals(vm)) {
            throw new IllegalArgumentException("the tree of VM " + tree.vm() + " is not VM " + vm + "'s");
        }
    }

    /**
     * Returns the record of a VM that nothing is known of.
     *
     * @param vm the VM
     * @return the record with revision 0
     */
    public static VmRecord of(VmId vm) {
        return new VmRecord(
                vm,
                0,
                "",
                Optional.empty(),
                Optional.empty(),
                SettingsChoice.open(),
                SnapshotTree.empty(vm),
                List.of());
    }

    /**
     * Returns this record with another tree.
     *
     * @param next the tree
     * @return the changed copy
     */
    public VmRecord withTree(SnapshotTree next) {
        return new VmRecord(vm, revision, name, node, template, choice, next, leftovers);
    }

    /**
     * Returns this record with where the VM was seen.
     *
     * @param vmName what the hypervisor calls it
     * @param nodeName the node's name
     * @return the changed copy
     */
    public VmRecord seen(String vmName, String nodeName) {
        return new VmRecord(vm, revision, vmName, Optional.of(nodeName), template, choice, tree, leftovers);
    }

    /**
     * Returns this record with other settings.
     *
     * @param templateName the template
     * @param said what the VM says itself
     * @return the changed copy
     */
    public VmRecord withSettings(Optional<String> templateName, SettingsChoice said) {
        return new VmRecord(vm, revision, name, node, templateName, said, tree, leftovers);
    }

    /**
     * Returns this record as the store has it after a save.
     *
     * @param saved the new revision
     * @return the changed copy
     */
    public VmRecord withRevision(long saved) {
        return new VmRecord(vm, saved, name, node, template, choice, tree, leftovers);
    }

    /**
     * Returns this record with other leftovers.
     *
     * @param left as in {@link #leftovers()}
     * @return the changed copy
     */
    public VmRecord withLeftovers(List<Leftover> left) {
        return new VmRecord(vm, revision, name, node, template, choice, tree, left);
    }
}
