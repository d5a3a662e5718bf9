package dev.vmsnap;

import java.util.Map;

/**
 * One reason why something may not be done, as data. Nothing was touched.
 *
 * @param code stable; what a program decides by
 * @param message what is wrong, one sentence for people
 * @param remedy how to fix it, one sentence for people
 * @param data the facts behind the message under stable keys, for example {@code limit}, {@code disk}
 */
public record Refusal(Code code, String message, String remedy, Map<String, String> data) {

    /** Copies the data. */
    public Refusal {
        data = Map.copyOf(data);
    }

    /**
     * Returns a refusal without data.
     *
     * @param code the code
     * @param message the message
     * @param remedy the remedy
     * @return the refusal
     */
    public static Refusal of(Code code, String message, String remedy) {
        return new Refusal(code, message, remedy, Map.of());
    }

    /** Every reason that vmsnap knows; {@code docs/errors.md} has a row for each. New ones may come in a minor release. */
    public enum Code {
        /** The VM's settings do not let users work with snapshots. */
        USERS_NOT_ALLOWED,
        /** The VM's settings do not let users restore snapshots. */
        RESTORE_NOT_ALLOWED,
        /** Only an administrator may do this. */
        ADMINISTRATOR_ONLY,
        /** The VM's settings do not allow RAM to be saved. */
        RAM_NOT_ALLOWED,
        /** The VM has as many snapshots as its limit allows. */
        LIMIT_REACHED,
        /** The snapshots of the VM would take more than its quota allows. */
        QUOTA_REACHED,
        /** A name, comment or tag cannot be kept: too long, blank, or with control characters. */
        TEXT_INVALID,
        /** The store's record of the VM cannot be read. */
        RECORD_DAMAGED,
        /** No node has the VM. */
        VM_NOT_FOUND,
        /** More than one node has the VM and it runs on none, or on several. */
        VM_AMBIGUOUS,
        /** A node that may have the VM does not answer. */
        NODE_UNREACHABLE,
        /** The host has no node of that name. */
        NODE_UNKNOWN,
        /** The engine has a node or storage driver of that name already. */
        DRIVER_EXISTS,
        /** Operations use the node or storage driver that is to be removed. */
        DRIVER_IN_USE,
        /** The VM is not running, so there is no RAM to save. */
        VM_NOT_RUNNING,
        /** The VM is in a state in which no snapshot can be taken or restored: crashed, suspended, in transition. */
        VM_STATE_UNSUPPORTED,
        /** The hypervisor is busy with another job on the VM, a migration or block job for example. */
        VM_BUSY,
        /** The VM is transient: its configuration vanishes when it stops. */
        VM_NOT_PERSISTENT,
        /** The VM has a saved state (managed save) that a snapshot or restore would contradict. */
        SAVED_STATE_EXISTS,
        /** The VM has no disk that could take part. */
        NO_DISKS,
        /** The VM has no disk of that name. */
        DISK_UNKNOWN,
        /** A disk cannot be left out of a snapshot with RAM, which would not agree with it. */
        DISK_NEEDED,
        /** No storage driver owns a writable disk. */
        NO_STORAGE_DRIVER,
        /** More than one storage driver claims a disk. */
        SEVERAL_STORAGE_DRIVERS,
        /** The storage that a disk lies on cannot make snapshots. */
        STORAGE_UNSUPPORTED,
        /** The disk's format cannot hold snapshots. */
        FORMAT_UNSUPPORTED,
        /** The disk is shared with other VMs, whose data a restore would change. */
        DISK_SHAREABLE,
        /** The disk is transient: what the guest writes is thrown away. */
        DISK_TRANSIENT,
        /** Something else has the image open. */
        IMAGE_IN_USE,
        /** The image is missing, corrupt or not what the configuration says. */
        IMAGE_UNUSABLE,
        /** The storage does not answer, is not mounted, or is another one than it was. */
        STORAGE_AWAY,
        /** The storage can be read but not written to. */
        STORAGE_READ_ONLY,
        /** Another node holds the volume, or the lock on it is lost. */
        VOLUME_ELSEWHERE,
        /** The image has persistent dirty bitmaps, which forbid going back to a snapshot. */
        DIRTY_BITMAPS,
        /** The storage has less free space than is needed. */
        NO_SPACE,
        /** RAM cannot be saved on the storage of this VM's disks. */
        RAM_STORAGE_UNSUPPORTED,
        /** The VM has a device whose state cannot be saved with RAM. */
        RAM_DEVICE_UNSUPPORTED,
        /** The VM keeps firmware variables or a TPM's state where they cannot be made part of a snapshot. */
        FIRMWARE_UNSUPPORTED,
        /** Freezing was required but cannot be done. */
        QUIESCE_UNAVAILABLE,
        /** The hypervisor lacks an ability that this needs. */
        HYPERVISOR_UNSUPPORTED,
        /** The VM has no such snapshot. */
        SNAPSHOT_NOT_FOUND,
        /** The snapshot is unavailable and cannot be restored. */
        SNAPSHOT_UNAVAILABLE,
        /** The snapshot is being taken, restored or deleted. */
        SNAPSHOT_IN_TRANSITION,
        /** Parts of the snapshot are not on storage any more. */
        SNAPSHOT_INCOMPLETE,
        /** The layers below the image are no longer those that the snapshot was taken on. */
        CHAIN_CHANGED,
        /** Another VM has the same image, whose data a restore would change. */
        IMAGE_SHARED,
        /** The VM's disks or configuration are no longer those of the snapshot. */
        CONFIGURATION_DRIFTED,
        /** The snapshot does not have all disks of the VM, and nobody has said that the others may stay as they are. */
        DISK_NOT_COVERED,
        /** The VM has snapshots, so its configuration is locked. */
        CONFIGURATION_LOCKED,
        /** The VM has snapshots, so it cannot be migrated while it runs. */
        LIVE_MIGRATION_LOCKED,
        /** The VM has snapshots that cannot follow it to that storage. */
        COLD_MIGRATION_LOCKED,
        /** The node cannot run the VM as it is or as a snapshot has it. */
        NODE_UNSUITABLE,
        /** What the target node has of a disk is not that disk with all its snapshots. */
        COPY_INCOMPLETE,
        /** A copy cannot go there: it is there already, or the storage has no such place. */
        DESTINATION_INVALID,
        /** The storage cannot copy volumes. */
        CLONE_UNSUPPORTED,
        /** A template of that name does not exist. */
        TEMPLATE_NOT_FOUND,
        /** VMs are assigned to the template. */
        TEMPLATE_IN_USE,
        /** Another template has that name. */
        TEMPLATE_EXISTS,
        /** A reason known only to a driver; the data says which. */
        DRIVER_REFUSED
    }
}
