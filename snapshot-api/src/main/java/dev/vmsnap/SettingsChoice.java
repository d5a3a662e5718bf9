package dev.vmsnap;

import java.util.Optional;

/**
 * What one level (a template, a VM) says about settings; what it leaves open is decided by the level above it.
 *
 * @param allowUsers see {@link SnapshotSettings#allowUsers()}
 * @param limit see {@link SnapshotSettings#limit()}
 * @param allowRam see {@link SnapshotSettings#allowRam()}
 */
public record SettingsChoice(Optional<Boolean> allowUsers, Optional<Integer> limit, Optional<Boolean> allowRam) {

    /** Checks the limit. */
    public SettingsChoice {
        limit.ifPresent(SnapshotSettings::requireLimit);
    }

    /**
     * Returns the choice that leaves everything open.
     *
     * @return the empty choice
     */
    public static SettingsChoice open() {
        return new SettingsChoice(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * Returns this choice with a word on users.
     *
     * @param allowed see {@link SnapshotSettings#allowUsers()}
     * @return the changed copy
     */
    public SettingsChoice allowUsers(boolean allowed) {
        return new SettingsChoice(Optional.of(allowed), limit, allowRam);
    }

    /**
     * Returns this choice with a word on the limit.
     *
     * @param count see {@link SnapshotSettings#limit()}
     * @return the changed copy
     */
    public SettingsChoice limit(int count) {
        return new SettingsChoice(allowUsers, Optional.of(count), allowRam);
    }

    /**
     * Returns this choice with a word on RAM.
     *
     * @param allowed see {@link SnapshotSettings#allowRam()}
     * @return the changed copy
     */
    public SettingsChoice allowRam(boolean allowed) {
        return new SettingsChoice(allowUsers, limit, Optional.of(allowed));
    }

    /**
     * Returns this choice with what another one says on top.
     *
     * @param later wins where it says something
     * @return the merged choice
     */
    public SettingsChoice and(SettingsChoice later) {
        return new SettingsChoice(
                later.allowUsers.or(() -> allowUsers), later.limit.or(() -> limit), later.allowRam.or(() -> allowRam));
    }
}
