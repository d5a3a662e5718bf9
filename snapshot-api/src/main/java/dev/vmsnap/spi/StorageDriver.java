package dev.vmsnap.spi;

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
     * @return one state for each volume, in their order; a volume that is gone has an objection, not an exception
     */
    List<VolumeState> inspect(List<Volume> volumes, DriverCall call);

    /**
     * Looks as {@link #inspect} does and counts {@link VolumeState#leakedBytes} too, which may take longer: for a person
     * who asks what is wrong, not for every verb.
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
     * Deletes a snapshot. With {@link Trait#IN_IMAGE} only asked for a VM that is off. A volume that is gone has nothing
     * to delete.
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
     * Keeps a copy of the records beside the volumes, so that a lost store can be made again from storage alone. An
     * empty tree removes the copy.
     *
     * @param volumes of one VM
     * @param record the VM's record
     * @param configurations the configuration of each snapshot; holds secrets, readable by the owner only
     * @param call the call's context
     */
    void publish(
            List<Volume> volumes, VmRecord record, Map<SnapshotId, VmConfiguration> configurations, DriverCall call);

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
         * @return its path on the node: a file or a device, readable and writable
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
     * Hands the volumes of a VM that is off, with everything that belongs to its snapshots, from one node to another. A
     * driver with {@link Trait#PORTABLE} implements it.
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
        /** Its volumes can be handed to another node with their snapshots ({@link Portable}). */
        PORTABLE
    }
}
