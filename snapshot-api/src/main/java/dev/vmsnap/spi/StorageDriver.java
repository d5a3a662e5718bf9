package dev.vmsnap.spi;

import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes snapshots of volumes on one kind of storage. It works on the node of the call, through its commands and files,
 * and knows nothing of trees, limits or users.
 *
 * <p>Thread-safe; the engine never makes two calls for one VM at a time. Every verb is idempotent: asked again after
 * success it succeeds, and deleting what is already gone succeeds. Every failure is a
 * {@link dev.vmsnap.DriverException} and names its reason. Names on storage come from the snapshot's id, never from what
 * people typed.
 */
public interface StorageDriver {

    /**
     * Returns the driver's id, for example {@code file}.
     *
     * @return a stable word, unique in one engine
     */
    String id();

    /**
     * Tells what the engine must do for it.
     *
     * @return the traits
     */
    Set<Trait> traits();

    /**
     * Names the programs that the driver runs on a node, so that a node that lacks one is known before a verb needs it.
     *
     * @return their names
     */
    default Set<String> programs() {
        return Set.of();
    }

    /**
     * Tells whether a disk is this driver's, and what kind of storage it lies on. Two drivers that claim one disk are a
     * refusal that names both.
     *
     * @param disk a disk with a source
     * @param call the call's context
     * @return the kind, or empty when it is not this driver's
     */
    Optional<StorageKind> claim(VmDescription.Disk disk, DriverCall call);

    /**
     * Looks at volumes: what is there, how much room, and what stands against each verb. Changes nothing and needs no
     * lock on the image.
     *
     * @param volumes of one VM, all this driver's
     * @param call the call's context
     * @return one state for each volume, in their order: {@link VolumeState.Absent} only with proof, and
     *     {@link VolumeState.Unknown}, not an exception, for one that cannot be inspected within the driver's deadline
     */
    List<VolumeState> inspect(List<Volume> volumes, DriverCall call);

    /**
     * Looks as {@link #inspect} does and counts {@link VolumeState.Seen#leakedBytes}, {@link VolumeState.Seen#snapshotBytes} and what
     * each part takes too, which may take longer: for a person who asks what is wrong or what takes how much, and for
     * quotas, not for every verb.
     *
     * @param volumes of one VM, all this driver's
     * @param call the call's context
     * @return as {@link #inspect}
     */
    default List<VolumeState> examine(List<Volume> volumes, DriverCall call) {
        return inspect(volumes, call);
    }

    /**
     * Reserves what the cut will need; nothing the guest can feel.
     *
     * @param volumes of one VM
     * @param id the snapshot to come
     * @param call the call's context
     */
    default void prepare(List<Volume> volumes, SnapshotId id, DriverCall call) {}

    /**
     * Takes the snapshot. With {@link Trait#IN_IMAGE} only asked for a VM that is off.
     *
     * @param volumes of one VM
     * @param id the snapshot
     * @param call the call's context
     */
    void cut(List<Volume> volumes, SnapshotId id, DriverCall call);

    /**
     * Brings volumes back to a snapshot and keeps all snapshots. The VM is off.
     *
     * @param volumes of one VM
     * @param id the snapshot
     * @param call the call's context
     */
    void restore(List<Volume> volumes, SnapshotId id, DriverCall call);

    /**
     * Deletes a snapshot. With {@link Trait#IN_IMAGE} only asked for volumes that no VM of the node has open. A volume that
     * is proved absent has nothing to delete; one that cannot be inspected is a failure, never "already gone".
     *
     * @param volumes of one VM
     * @param id the snapshot
     * @param call the call's context
     */
    void delete(List<Volume> volumes, SnapshotId id, DriverCall call);

    /**
     * Frees what interrupted commands have left allocated and nothing uses. The VM is off.
     *
     * @param volumes of one VM; a volume that states its {@linkplain Volume#virtualBytes() size} must be of that size in
     *     the end: an interrupted {@link HypervisorDriver.InImageSnapshots#reclaim} can have left it larger
     * @param call the call's context
     */
    void reclaim(List<Volume> volumes, DriverCall call);

    /**
     * Writes a copy of the records beside the volumes, from which a lost store can be made again. An empty tree removes
     * the copy. A driver changes the copy of one store only: copies of other stores stay as they are. It also keeps, beside
     * the new one, an older copy that it cannot read, that has a higher revision, or that names a snapshot which the new
     * one does not name and which may still be on storage.
     *
     * @param volumes of one VM
     * @param copy the records of the VM; holds secrets, readable by the owner only
     * @param dropped the snapshots that the copy no longer names because they were deleted or are no longer here; the
     *     driver need not inspect whether they are still on storage
     * @param call the call's context
     */
    void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call);

    /** Gives a lost store back what it kept. A driver with {@link Trait#REBUILD} implements it. */
    interface Rebuilding {
        /**
         * Reads every copy of a VM's records that lies beside the volumes, of any store. It changes nothing. A copy is
         * untrusted: the driver names one that it cannot read, and returns no copy of another VM.
         *
         * @param volumes of one VM
         * @param call the call's context
         * @return the copies
         * @throws dev.vmsnap.DriverException if a place where copies may lie cannot be inspected
         */
        RecordsCopy.Found published(List<Volume> volumes, DriverCall call);

        /**
         * Makes the parts of snapshots that another store has made the parts of the call's store. On storage that does not
         * mark its parts with a store there is nothing to do. "Taken already" is success.
         *
         * @param volumes of one VM
         * @param store the id of the other store
         * @param snapshots which snapshots
         * @param call the call's context
         */
        default void takeOver(List<Volume> volumes, String store, Set<SnapshotId> snapshots, DriverCall call) {}

        /**
         * Removes the copies of other stores whose content the call's store has taken into its own records. The driver keeps
         * a copy that it cannot read, or that names a snapshot or a leftover which neither the new copy names nor
         * {@code dropped} does. "Removed already" is success.
         *
         * @param volumes of one VM
         * @param copy the records of the VM in the call's store
         * @param stores the ids of the other stores
         * @param dropped the snapshots that are proved to be on storage no more
         * @param call the call's context
         */
        void supersede(
                List<Volume> volumes, RecordsCopy copy, Set<String> stores, Set<SnapshotId> dropped, DriverCall call);
    }

    /** Gives RAM a place of its own beside the volumes. A driver with {@link Trait#RAM_BESIDE} implements it. */
    interface RamBeside {
        /**
         * Reserves a place for RAM, so that writing it cannot fail for want of space. Its content is readable by nobody
         * but the VM's hypervisor. Asked again it keeps the place.
         *
         * @param volumes of one VM, all this driver's; the place is counted with the first
         * @param id the snapshot to come
         * @param bytes how much it must hold at least
         * @param call the call's context
         */
        void reserveRam(List<Volume> volumes, SnapshotId id, long bytes, DriverCall call);

        /**
         * Opens the place of a snapshot's RAM for the hypervisor, and makes the volumes ready for a VM that is started.
         *
         * @param volumes of one VM
         * @param id which snapshot
         * @param call the call's context
         * @return its path on the node: a file or a device, readable and writable. A file lies in a directory that only the
         *     node's user may write to; a hypervisor refuses any other as {@code DENIED}
         */
        String openRam(List<Volume> volumes, SnapshotId id, DriverCall call);

        /**
         * Says that the RAM is there to its end: from now on {@link VolumeState.Part#ramBytes} tells of it. What it does
         * not need is given back, and the place is closed.
         *
         * @param volumes of one VM
         * @param id which snapshot
         * @param bytes how much was written
         * @param call the call's context
         */
        void keepRam(List<Volume> volumes, SnapshotId id, long bytes, DriverCall call);

        /**
         * Closes the place after it was read. "Not open" is success.
         *
         * @param volumes of one VM
         * @param id which snapshot
         * @param call the call's context
         */
        void closeRam(List<Volume> volumes, SnapshotId id, DriverCall call);
    }

    /**
     * Hands the volumes of a VM that is off, with everything that belongs to its snapshots, from one node to another: what
     * both reach, or what the host has copied. A driver with {@link Trait#PORTABLE} implements it.
     */
    interface Portable {
        /**
         * Lets go of them on the node of the call, so that another node can take them. "Let go already" is success.
         *
         * @param volumes of one VM
         * @param call the call's context, on the node that has them
         */
        void release(List<Volume> volumes, DriverCall call);

        /**
         * Takes them over on the node of the call. "Taken already" is success; {@code IN_USE} when another node has not
         * let go of them.
         *
         * @param volumes of one VM
         * @param call the call's context, on the node that gets them
         */
        void adopt(List<Volume> volumes, DriverCall call);
    }

    /**
     * Copies volumes as a snapshot has them. A driver with {@link Trait#CLONE} implements it. The copies of several drivers
     * become visible together: first each makes them where nobody looks for them, then each gives them their names, and
     * only then it is settled that they stay.
     */
    interface Cloning {
        /**
         * Says what stands against copies in those places, before anything is done.
         *
         * @param volumes of one VM, each with a destination, and of a snapshot with the size that it had then
         * @param id the snapshot; empty for one that is yet to be taken of the present state
         * @param destinations where each copy goes, by target
         * @param call the call's context
         * @return {@code DESTINATION_INVALID} for a place that is taken, or where this driver can make nothing;
         *     {@code CLONE_UNSUPPORTED} for a volume that it cannot copy; and {@code NO_SPACE} where it would not fit
         */
        List<Refusal> objectionsTo(
                List<Volume> volumes, Optional<SnapshotId> id, Map<String, String> destinations, DriverCall call);

        /**
         * Makes the copies, each whole and on stable storage, under names that are not theirs yet. The volumes and their
         * snapshots are only read, and the VM may run. Asked again it begins anew.
         *
         * @param volumes of one VM, each with a destination
         * @param id the snapshot
         * @param destinations where each copy goes, by target
         * @param call the call's context; when it is cancelled the copying ends with
         *     {@link dev.vmsnap.CancelledException}
         */
        void copy(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call);

        /**
         * Gives the copies their names; {@code IN_USE} when one is taken meanwhile. {@link #discard} can take it back.
         *
         * @param volumes of one VM, each with a destination
         * @param id the snapshot
         * @param destinations where each copy goes, by target
         * @param call the call's context
         */
        void reveal(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call);

        /**
         * Takes away whatever {@link #copy} and {@link #reveal} have made, also half of it, and nothing else.
         *
         * @param volumes of one VM, each with a destination
         * @param id the snapshot
         * @param destinations where each copy was to go, by target
         * @param call the call's context
         */
        void discard(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call);

        /**
         * Leaves the copies to the host: nothing of this driver's marks them any more, and {@link #discard} no longer finds
         * them.
         *
         * @param volumes of one VM, each with a destination
         * @param id the snapshot
         * @param destinations where each copy is, by target
         * @param call the call's context
         */
        void handOver(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call);
    }

    /** Removes dirty bitmaps from images. A driver with {@link Trait#BITMAP_REMOVAL} implements it. */
    interface BitmapRemoval {
        /**
         * Removes all persistent dirty bitmaps of the images. The VM is off. "No bitmaps" is success.
         *
         * @param volumes of one VM
         * @param call the call's context
         */
        void dropBitmaps(List<Volume> volumes, DriverCall call);
    }

    /** What the engine must do for a driver. */
    enum Trait {
        /**
         * Snapshots live inside the disk's image: while the VM is active the hypervisor makes and deletes them
         * ({@link HypervisorDriver.InImageSnapshots}).
         */
        IN_IMAGE,
        /** RAM can be saved inside the image ({@link HypervisorDriver.InImageRam}). */
        RAM_IN_IMAGE,
        /** RAM can be kept beside the volumes ({@link RamBeside}, {@link HypervisorDriver.RamBeside}). */
        RAM_BESIDE,
        /** The engine must hold a running guest while it cuts. */
        HOLD_TO_CUT,
        /** It cuts a volume at one instant; the engine must hold a running guest while several of its disks are cut. */
        HOLD_TO_CUT_SEVERAL,
        /** Its volumes can be handed to another node with their snapshots ({@link Portable}). */
        PORTABLE,
        /** It can copy volumes as a snapshot has them ({@link Cloning}). */
        CLONE,
        /** It can remove dirty bitmaps ({@link BitmapRemoval}). */
        BITMAP_REMOVAL,
        /** It can return the copies of the records that it keeps ({@link Rebuilding}). */
        REBUILD
    }
}
