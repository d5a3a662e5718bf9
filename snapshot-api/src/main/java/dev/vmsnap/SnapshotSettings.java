package dev.vmsnap;

import java.util.Optional;

/**
 * What may be done with the snapshots of one VM; the values in force. Changing settings never touches a snapshot.
 *
 * @param allowUsers whether users work with snapshots; administrators always may
 * @param limit how many snapshots there may be, 0 to {@value #HIGHEST_LIMIT}; those that are unavailable count too.
 *     Lowering it below what exists deletes nothing, it only stops new ones
 * @param allowRam whether RAM may be saved
 * @param allowRestore whether users who may work with snapshots may also restore them
 * @param quotaBytes how much the snapshots of the VM may take together, in bytes; {@link #NO_QUOTA} for any amount.
 *     Lowering it below what they take deletes nothing, it only stops new ones
 */
public record SnapshotSettings(boolean allowUsers, int limit, boolean allowRam, boolean allowRestore, long quotaBytes) {
    /** The highest limit that can be set. */
    public static final int HIGHEST_LIMIT = 1000;

    /** The quota that does not limit anything. */
    public static final long NO_QUOTA = Long.MAX_VALUE;

    /** The values where nobody said anything: no users, 3 snapshots, no RAM, and no quota. */
    public static final SnapshotSettings DEFAULT = new SnapshotSettings(false, 3, false);

    /** Checks limit and quota. */
    public SnapshotSettings {
        requireLimit(limit);
        requireQuota(quotaBytes);
    }

    /**
     * Settings without a quota, with which users who may work with snapshots may restore them.
     *
     * @param allowUsers as in {@link #allowUsers()}
     * @param limit as in {@link #limit()}
     * @param allowRam as in {@link #allowRam()}
     */
    public SnapshotSettings(boolean allowUsers, int limit, boolean allowRam) {
        this(allowUsers, limit, allowRam, true, NO_QUOTA);
    }

    static void requireLimit(int limit) {
        if (limit < 0 || limit > HIGHEST_LIMIT) {
            throw new IllegalArgumentException("a limit is 0 to " + HIGHEST_LIMIT);
        }
    }

    static void requireQuota(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a quota is at least 0 bytes");
        }
    }

    /** Which level decided a value. */
    public enum Level {
        /** Neither the VM nor its template says anything. */
        DEFAULT,
        /** The template that the VM is assigned to. */
        TEMPLATE,
        /** The VM itself. */
        VM
    }

    /**
     * The settings in force for a VM and which level decided each of them.
     *
     * @param settings the values in force
     * @param allowUsers who decided {@link SnapshotSettings#allowUsers()}
     * @param limit who decided {@link SnapshotSettings#limit()}
     * @param allowRam who decided {@link SnapshotSettings#allowRam()}
     * @param allowRestore who decided {@link SnapshotSettings#allowRestore()}
     * @param quotaBytes who decided {@link SnapshotSettings#quotaBytes()}
     * @param template the name of the template that the VM is assigned to, if any
     */
    public record Explanation(
            SnapshotSettings settings,
            Level allowUsers,
            Level limit,
            Level allowRam,
            Level allowRestore,
            Level quotaBytes,
            Optional<String> template) {}
}
