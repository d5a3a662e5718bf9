package dev.vmsnap;

import java.util.Optional;

/**
 * What one level (a template, a VM) says about settings; what it leaves open is decided by the level above it.
 *
 * @param allowUsers see {@link SnapshotSettings#allowUsers()}
 * @param limit see {@link SnapshotSettings#limit()}
 * @param allowRam see {@link SnapshotSettings#allowRam()}
 * @param allowRestore see {@link SnapshotSettings#allowRestore()}
 * @param quotaBytes see {@link SnapshotSettings#quotaBytes()}
 */
public record SettingsChoice(
        Optional<Boolean> allowUsers,
        Optional<Integer> limit,
        Optional<Boolean> allowRam,
        Optional<Boolean> allowRestore,
        Optional<Long> quotaBytes) {

    /** Checks limit and quota. */
    public SettingsChoice {
        limit.ifPresent(SnapshotSettings::requireLimit);
        quotaBytes.ifPresent(SnapshotSettings::requireQuota);
    }

    /**
     * Returns the choice that leaves everything open.
     *
     * @return the empty choice
     */
    public static SettingsChoice open() {
        return new SettingsChoice(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * Returns this choice with a word on users.
     *
     * @param allowed see {@link SnapshotSettings#allowUsers()}
     * @return the changed copy
     */
    public SettingsChoice allowUsers(boolean allowed) {
        return new SettingsChoice(Optional.of(allowed), limit, allowRam, allowRestore, quotaBytes);
    }

    /**
     * Returns this choice with a word on the limit.
     *
     * @param count see {@link SnapshotSettings#limit()}
     * @return the changed copy
     */
    public SettingsChoice limit(int count) {
        return new SettingsChoice(allowUsers, Optional.of(count), allowRam, allowRestore, quotaBytes);
    }

    /**
     * Returns this choice with a word on RAM.
     *
     * @param allowed see {@link SnapshotSettings#allowRam()}
     * @return the changed copy
     */
    public SettingsChoice allowRam(boolean allowed) {
        return new SettingsChoice(allowUsers, limit, Optional.of(allowed), allowRestore, quotaBytes);
    }

    /**
     * Returns this choice with a word on users who restore.
     *
     * @param allowed see {@link SnapshotSettings#allowRestore()}
     * @return the changed copy
     */
    public SettingsChoice allowRestore(boolean allowed) {
        return new SettingsChoice(allowUsers, limit, allowRam, Optional.of(allowed), quotaBytes);
    }

    /**
     * Returns this choice with a word on the quota.
     *
     * @param bytes see {@link SnapshotSettings#quotaBytes()}
     * @return the changed copy
     */
    public SettingsChoice quotaBytes(long bytes) {
        return new SettingsChoice(allowUsers, limit, allowRam, allowRestore, Optional.of(bytes));
    }

    /**
     * Returns this choice with what another one says on top.
     *
     * @param later wins where it says something
     * @return the merged choice
     */
    public SettingsChoice and(SettingsChoice later) {
        return new SettingsChoice(
                later.allowUsers.or(() -> allowUsers),
                later.limit.or(() -> limit),
                later.allowRam.or(() -> allowRam),
                later.allowRestore.or(() -> allowRestore),
                later.quotaBytes.or(() -> quotaBytes));
    }
}
