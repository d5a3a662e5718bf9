package dev.vmsnap;

import dev.vmsnap.Snapshot.Labels;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What snapshot to take.
 *
 * @param labels what is said of it; a blank name means the date and time of creation
 * @param ram whether the guest's RAM is saved too
 * @param quiesce whether the guest's file systems are frozen for the cut; with RAM this must be {@link Quiesce#NEVER}
 *     or {@link Quiesce#PREFER}, and nothing is frozen: a guest restored with its RAM would still be frozen
 * @param excluded targets of disks that are left out, for example {@code vdb}; they keep their content when the snapshot
 *     is restored. None with RAM, which would not agree with them
 */
public record SnapshotSpec(Labels labels, boolean ram, Quiesce quiesce, Set<String> excluded) {

    /** What to do about the guest agent's freeze. */
    public enum Quiesce {
        /** Take the snapshot only if the guest's file systems could be frozen. */
        REQUIRE,
        /** Freeze if the guest can; otherwise take a crash-consistent snapshot and say so in the receipt. */
        PREFER,
        /** Do not freeze. */
        NEVER
    }

    /** Copies the set. */
    public SnapshotSpec {
        excluded = Set.copyOf(excluded);
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
     * @param name as in {@link Labels#name()}
     * @return the spec
     */
    public static SnapshotSpec named(String name) {
        return labelled(Labels.named(name));
    }

    /**
     * Returns a spec for a disk snapshot.
     *
     * @param labels as in {@link #labels()}
     * @return the spec
     */
    public static SnapshotSpec labelled(Labels labels) {
        return new SnapshotSpec(labels, false, Quiesce.NEVER, Set.of());
    }

    /**
     * Returns this spec with a comment.
     *
     * @param text as in {@link Labels#comment()}
     * @return the changed copy
     */
    public SnapshotSpec comment(String text) {
        return new SnapshotSpec(labels.comment(text), ram, quiesce, excluded);
    }

    /**
     * Returns this spec with a tag more.
     *
     * @param key as in {@link Labels#tags()}
     * @param value as in {@link Labels#tags()}
     * @return the changed copy
     */
    public SnapshotSpec tag(String key, String value) {
        return new SnapshotSpec(labels.tag(key, value), ram, quiesce, excluded);
    }

    /**
     * Returns this spec with an end.
     *
     * @param instant as in {@link Labels#expiresAt()}
     * @return the changed copy
     */
    public SnapshotSpec expiresAt(Instant instant) {
        return new SnapshotSpec(labels.expiresAt(Optional.of(instant)), ram, quiesce, excluded);
    }

    /**
     * Returns this spec with RAM.
     *
     * @return the changed copy
     */
    public SnapshotSpec withRam() {
        return new SnapshotSpec(labels, true, quiesce, excluded);
    }

    /**
     * Returns this spec with another quiesce policy.
     *
     * @param policy what to do about the guest agent's freeze
     * @return the changed copy
     */
    public SnapshotSpec quiesce(Quiesce policy) {
        return new SnapshotSpec(labels, ram, policy, excluded);
    }

    /**
     * Returns this spec without some disks.
     *
     * @param targets as in {@link #excluded()}
     * @return the changed copy
     */
    public SnapshotSpec excluding(String... targets) {
        return new SnapshotSpec(labels, ram, quiesce, Set.of(targets));
    }
}
