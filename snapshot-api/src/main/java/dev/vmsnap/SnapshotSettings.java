package dev.vmsnap;

import java.util.Optional;

/**
 * What may be done with the snapshots of one VM; the values in force. Changing settings never touches a snapshot.
 *
 * @param allowUsers whether users work with snapshots; administrators always may
 * @param limit how many snapshots there may be, 0 to {@value #HIGHEST_LIMIT}; those that are unavailable count too.
 *     Lowering it below what exists deletes nothing, it only stops new ones
 * @param allowRam whether RAM may be saved
 */
public record SnapshotSettings(boolean allowUsers, int limit, boolean allowRam) {
    /** The highest limit that can be set. */
    public static final int HIGHEST_LIMIT = 1000;

    /** The values where nobody said anything: no users, 3 snapshots, no RAM. */
    public static final SnapshotSettings DEFAULT = new SnapshotSettings(false, 3, false);

    /** Checks the limit. */
    public SnapshotSettings {
        requireLimit(limit);
    }

    static void requireLimit(int limit) {
        if (limit < 0 || limit > HIGHEST_LIMIT) {
            throw new IllegalArgumentException("a limit is 0 to " + HIGHEST_LIMIT);
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
     * @param template the name of the template that the VM is assigned to, if any
     */
    public record Explanation(
            SnapshotSettings settings, Level allowUsers, Level limit, Level allowRam, Optional<String> template) {}
}
