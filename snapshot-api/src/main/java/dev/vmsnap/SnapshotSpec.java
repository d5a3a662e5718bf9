package dev.vmsnap;

/**
 * What snapshot to take. Any text is accepted here; {@link VmSnapshots#check} refuses what cannot be kept.
 *
 * @param name what people call it; blank means the date and time of creation. At most 255 characters, no control
 *     characters; need not be unique
 * @param comment free text; at most 4096 characters, line breaks and tabs allowed, no other control characters
 * @param ram whether the guest's RAM is saved too
 * @param quiesce whether the guest's file systems are frozen for the cut; with RAM this must be {@link Quiesce#NEVER}
 *     or {@link Quiesce#PREFER}, and nothing is frozen: a guest restored with its RAM would still be frozen
 */
public record SnapshotSpec(String name, String comment, boolean ram, Quiesce quiesce) {

    /** What to do about the guest agent's freeze. */
    public enum Quiesce {
        /** Take the snapshot only if the guest's file systems could be frozen. */
        REQUIRE,
        /** Freeze if the guest can; otherwise take a crash-consistent snapshot and say so in the receipt. */
        PREFER,
        /** Do not freeze. */
        NEVER
    }

    /**
     * Returns a spec for a disk snapshot without a name of its own.
     *
     * @return the spec
     */
    public static SnapshotSpec unnamed() {
        return named("");
    }

    /**
     * Returns a spec for a disk snapshot.
     *
     * @param name as in {@link #name()}
     * @return the spec
     */
    public static SnapshotSpec named(String name) {
        return new SnapshotSpec(name, "", false, Quiesce.NEVER);
    }

    /**
     * Returns this spec with a comment.
     *
     * @param text as in {@link #comment()}
     * @return the changed copy
     */
    public SnapshotSpec comment(String text) {
        return new SnapshotSpec(name, text, ram, quiesce);
    }

    /**
     * Returns this spec with RAM.
     *
     * @return the changed copy
     */
    public SnapshotSpec withRam() {
        return new SnapshotSpec(name, comment, true, quiesce);
    }

    /**
     * Returns this spec with another quiesce policy.
     *
     * @param policy what to do about the guest agent's freeze
     * @return the changed copy
     */
    public SnapshotSpec quiesce(Quiesce policy) {
        return new SnapshotSpec(name, comment, ram, policy);
    }
}
