package dev.vmsnap;

/**
 * One thing that {@link VmSnapshots#doctor} noticed; looking changes nothing.
 *
 * @param kind what it is
 * @param vm on which VM
 * @param subject the snapshot, disk or operation that it is about
 * @param message what is so, one sentence for people
 * @param remedy what to do, one sentence for people
 */
public record Finding(Kind kind, VmId vm, String subject, String message, String remedy) {

    /** What can be noticed. */
    public enum Kind {
        /** A snapshot's part is not on storage. */
        PART_MISSING,
        /** A snapshot's part is there but cannot be used any more. */
        PART_UNUSABLE,
        /** A storage does not answer, so nothing is known of what it holds. */
        STORAGE_AWAY,
        /** The room for a snapshot's part is nearly used up. */
        FILLING,
        /** Storage holds a snapshot named like ours that the store does not know. */
        ORPHAN,
        /** Storage holds a snapshot that vmsnap did not make. */
        FOREIGN,
        /** An interrupted command left space allocated that nothing uses. */
        LEAKED_SPACE,
        /** An operation is open in the journal. */
        OPEN_OPERATION,
        /** A snapshot is unavailable. */
        UNAVAILABLE,
        /** The VM is on no node any more, but its snapshots are still recorded. */
        VM_GONE,
        /** The VM is held and vmsnap did it. */
        HELD
    }
}
