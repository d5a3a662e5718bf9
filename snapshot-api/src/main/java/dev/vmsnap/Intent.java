package dev.vmsnap;

import java.util.Map;
import java.util.Optional;
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
     * @param options what is to be different from an ordinary restore
     */
    record Restore(SnapshotId snapshot, RestoreOptions options) implements Intent {
        /**
         * An ordinary restore but for changes since the snapshot.
         *
         * @param snapshot which
         * @param drift as in {@link RestoreOptions#drift()}
         */
        public Restore(SnapshotId snapshot, Drift drift) {
            this(snapshot, RestoreOptions.ORDINARY.drift(drift));
        }
    }

    /**
     * Holds the choices of a restore's caller.
     *
     * @param drift what to do when the VM is no longer what the snapshot has of it
     * @param power the power state in which the restore leaves the VM
     * @param dropBitmaps whether persistent dirty bitmaps of the disks go, and the hypervisor's checkpoints with them, so that
     *     the next backup must be a full one; without it such a disk is refused
     */
    record RestoreOptions(Drift drift, PowerAfter power, boolean dropBitmaps) {
        /** Refuses changes and dirty bitmaps, and leaves the VM in the power state that follows from the snapshot. */
        public static final RestoreOptions ORDINARY = new RestoreOptions(Drift.REFUSE, PowerAfter.AS_IT_WAS, false);

        /**
         * Returns these options with another choice.
         *
         * @param choice as in {@link #drift()}
         * @return the changed copy
         */
        public RestoreOptions drift(Drift choice) {
            return new RestoreOptions(choice, power, dropBitmaps);
        }

        /**
         * Returns these options with another choice.
         *
         * @param choice as in {@link #power()}
         * @return the changed copy
         */
        public RestoreOptions power(PowerAfter choice) {
            return new RestoreOptions(drift, choice, dropBitmaps);
        }

        /**
         * Returns these options with leave to drop bitmaps.
         *
         * @return the changed copy
         */
        public RestoreOptions droppingBitmaps() {
            return new RestoreOptions(drift, power, true);
        }
    }

    /** The power state in which a restore leaves the VM. */
    enum PowerAfter {
        /**
         * With RAM as it was at the snapshot: the guest continues, or stays held. Without RAM as it was before the restore:
         * the guest boots, boots held, or stays off.
         */
        AS_IT_WAS,
        /** Off, with the disks back. RAM of the snapshot is not loaded. */
        OFF,
        /** Held: with RAM at the instant of the snapshot, without RAM before the first instruction. Any VM is started. */
        PAUSED
    }

    /**
     * What a restore does when the VM's configuration or disks have changed since the snapshot, or when the snapshot does
     * not have all of its disks. Disks that are not part of the snapshot keep their content in any case.
     */
    enum Drift {
        /** Refuse, and say what differs. */
        REFUSE,
        /** Bring the snapshot's configuration back too. */
        RESTORE_CONFIGURATION,
        /**
         * Bring back the disks of the snapshot alone, and keep the present configuration; not with RAM. Disks of the
         * snapshot that the VM has no more stay as they are: another VM may have them.
         */
        KEEP_CONFIGURATION
    }

    /**
     * Change what is said of a snapshot.
     *
     * @param snapshot which
     * @param labels everything that is said from now on; its name is not blank
     */
    record Edit(SnapshotId snapshot, Snapshot.Labels labels) implements Intent {}

    /**
     * Delete snapshots.
     *
     * @param snapshots which; those that are already gone are no error
     * @param withChildren whether everything below them goes too
     * @param unreachable whether snapshots go of which no part can be reached now
     */
    record Delete(Set<SnapshotId> snapshots, boolean withChildren, Unreachable unreachable) implements Intent {
        /** Copies the set. */
        public Delete {
            snapshots = Set.copyOf(snapshots);
        }

        /**
         * Deletes snapshots of which some part can be reached.
         *
         * @param snapshots as in {@link #snapshots()}
         * @param withChildren as in {@link #withChildren()}
         */
        public Delete(Set<SnapshotId> snapshots, boolean withChildren) {
            this(snapshots, withChildren, Unreachable.REFUSE);
        }
    }

    /**
     * Delete every snapshot of the VM.
     *
     * @param unreachable whether snapshots go of which no part can be reached now
     */
    record DeleteAll(Unreachable unreachable) implements Intent {
        /** Deletes snapshots of which some part can be reached. */
        public DeleteAll() {
            this(Unreachable.REFUSE);
        }
    }

    /**
     * Decides how a deletion treats snapshots of which no part can be reached now. A part that cannot be reached
     * beside others that can is always left for later: the store remembers it, doctor names it, and recover deletes
     * it.
     */
    enum Unreachable {
        /** Refuse, and name what is away. */
        REFUSE,
        /** Let the snapshots go from the tree, and leave all their parts for later. */
        LEAVE
    }

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
     * Take the stopped VM with its snapshots to another node, where its disks are already: on storage that both nodes
     * reach, or as files that the host has copied as they are.
     *
     * @param node the target node's name
     * @param sources where disks are on the target node that are elsewhere there, by target; may be empty
     */
    record Migrate(String node, Map<String, String> sources) implements Intent {
        /** Copies the map. */
        public Migrate {
            sources = Map.copyOf(sources);
        }

        /**
         * To a node where all disks are where they are here.
         *
         * @param node the target node's name
         */
        public Migrate(String node) {
            this(node, Map.of());
        }
    }

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

    /**
     * Make copies of the VM's disks, without snapshots and without RAM, for a new VM of the host's.
     *
     * @param snapshot of which snapshot; empty for the state that the VM is in
     * @param destinations where each copy goes, by target: a file or a logical volume that is not there yet; disks that
     *     are no keys are not copied. Empty for a host that copies by itself and only asks whether it may
     */
    record Clone(Optional<SnapshotId> snapshot, Map<String, String> destinations) implements Intent {
        /** Copies the map. */
        public Clone {
            destinations = Map.copyOf(destinations);
        }

        /** The host makes a new VM from this one by itself; it gets the current state and no snapshots. */
        public Clone() {
            this(Optional.empty(), Map.of());
        }

        /**
         * Copies of the present state.
         *
         * @param destinations as in {@link #destinations()}
         * @return the intent
         */
        public static Clone of(Map<String, String> destinations) {
            return new Clone(Optional.empty(), destinations);
        }

        /**
         * Copies of a snapshot.
         *
         * @param snapshot which
         * @param destinations as in {@link #destinations()}
         * @return the intent
         */
        public static Clone of(SnapshotId snapshot, Map<String, String> destinations) {
            return new Clone(Optional.of(snapshot), destinations);
        }
    }

    /** The host deletes the VM; its snapshots go with it. */
    record DeleteVm() implements Intent {}
}
