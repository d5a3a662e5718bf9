package dev.vmsnap;

import java.util.Set;

/**
 * Anything that may be asked about a VM: the library's own verbs, and what the host does itself and should ask about
 * first. New kinds may be added in a minor release.
 */
public sealed interface Intent {

    /**
     * Take a snapshot.
     *
     * @param spec what to take
     */
    record Create(SnapshotSpec spec) implements Intent {}

    /**
     * Bring the VM back to a snapshot.
     *
     * @param snapshot which
     * @param drift what to do when the VM's configuration is no longer the snapshot's
     */
    record Restore(SnapshotId snapshot, Drift drift) implements Intent {}

    /** What a restore does when the VM's configuration has changed since the snapshot. */
    enum Drift {
        /** Refuse, and say what differs. */
        REFUSE,
        /** Bring the snapshot's configuration back too. */
        RESTORE_CONFIGURATION
    }

    /**
     * Change a snapshot's texts.
     *
     * @param snapshot which
     * @param name the new name, as in {@link SnapshotSpec#name()} but not blank
     * @param comment the new comment, as in {@link SnapshotSpec#comment()}
     */
    record Edit(SnapshotId snapshot, String name, String comment) implements Intent {}

    /**
     * Delete snapshots.
     *
     * @param snapshots which; those that are already gone are no error
     * @param withChildren whether everything below them goes too
     */
    record Delete(Set<SnapshotId> snapshots, boolean withChildren) implements Intent {
        /** Copies the set. */
        public Delete {
            snapshots = Set.copyOf(snapshots);
        }
    }

    /** Delete every snapshot of the VM. */
    record DeleteAll() implements Intent {}

    /** Change the VM's settings or template. */
    record Configure() implements Intent {}

    /**
     * The host changes the VM's configuration: processors, memory, disks, devices.
     *
     * @param what the settings that would change, for the message; may be empty
     */
    record Reconfigure(Set<String> what) implements Intent {
        /** Copies the set. */
        public Reconfigure {
            what = Set.copyOf(what);
        }
    }

    /**
     * Take the stopped VM with its snapshots to another node that reaches the same storage.
     *
     * @param node the target node's name
     */
    record Migrate(String node) implements Intent {}

    /**
     * The host moves the stopped VM to another node or storage.
     *
     * @param node the target node's name
     * @param storage the kind of storage that the disks will lie on
     */
    record MigrateCold(String node, StorageKind storage) implements Intent {}

    /**
     * The host moves the running VM to another node.
     *
     * @param node the target node's name
     * @param storage the kind of storage that the disks will lie on
     */
    record MigrateLive(String node, StorageKind storage) implements Intent {}

    /** The host makes a new VM from this one; it gets the current state and no snapshots. */
    record Clone() implements Intent {}

    /** The host deletes the VM; its snapshots go with it. */
    record DeleteVm() implements Intent {}
}
