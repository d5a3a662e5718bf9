package dev.vmsnap;

import java.util.Optional;

/**
 * One thing that {@link VmSnapshots#doctor} noticed; looking changes nothing.
 *
 * @param kind what it is
 * @param vm the VM that it is about; empty if it is about a node
 * @param subject the snapshot, disk, operation or node that it is about
 * @param message what is so, one sentence for people
 * @param remedy what to do, one sentence for people
 */
public record Finding(Kind kind, Optional<VmId> vm, String subject, String message, String remedy) {
    /**
     * Makes a finding about a VM.
     *
     * @param kind as in {@link #kind()}
     * @param vm the VM
     * @param subject as in {@link #subject()}
     * @param message as in {@link #message()}
     * @param remedy as in {@link #remedy()}
     */
    public Finding(Kind kind, VmId vm, String subject, String message, String remedy) {
        this(kind, Optional.of(vm), subject, message, remedy);
    }

    /** What can be noticed. */
    public enum Kind {
        /** A snapshot's part is not on storage. */
        PART_MISSING,
        /** A snapshot's part is there but cannot be used any more. */
        PART_UNUSABLE,
        /** A storage does not answer, so nothing is known of what it holds. */
        STORAGE_AWAY,
        /** A node does not answer, so nothing is known of the VMs that it may have. */
        NODE_AWAY,
        /** A node, or this machine, lacks a program or library. */
        NODE_LACKS,
        /** A node has a part that is older than its driver needs. */
        NODE_OUTDATED,
        /** The layers below an image are no longer those that a snapshot was taken on. */
        CHAIN_CHANGED,
        /** Two VMs have one image. */
        IMAGE_SHARED,
        /** A part of a deleted snapshot could not be deleted yet. */
        LEFT_BEHIND,
        /** A driver noticed something about a volume that nothing stands against. */
        NOTICE,
        /** The room for a snapshot's part is nearly used up. */
        FILLING,
        /** Storage holds a snapshot named like ours that the store does not know. */
        ORPHAN,
        /** The store knows no snapshot at all, but storage holds snapshots of vmsnap or copies of records. */
        STORE_EMPTY,
        /** Storage holds a snapshot that vmsnap did not make. */
        FOREIGN,
        /** An interrupted command left space allocated that nothing uses. */
        LEAKED_SPACE,
        /** An operation is open in the journal. */
        OPEN_OPERATION,
        /** The store's record of a VM, or a settings template, cannot be read. */
        RECORD_DAMAGED,
        /** A snapshot is unavailable. */
        UNAVAILABLE,
        /** The VM is on no node any more, but its snapshots are still recorded. */
        VM_GONE,
        /** The VM is held and vmsnap did it. */
        HELD
    }
}
