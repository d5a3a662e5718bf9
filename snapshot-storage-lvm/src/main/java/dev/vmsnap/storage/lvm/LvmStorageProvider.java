package dev.vmsnap.storage.lvm;

import dev.vmsnap.spi.DriverProvider;
import dev.vmsnap.spi.StorageDriver;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds {@link LvmStorage} for {@code ServiceLoader}. Its settings: {@code groups} and {@code sharedGroups}, names of
 * volume groups with commas between them, of which there must be one; {@code snapshotSize}, see
 * {@link LvmStorage#snapshotSize}; {@code timeout}, see {@link LvmStorage#withTimeout}, as an ISO-8601 duration, for
 * example {@code PT10M}.
 */
public final class LvmStorageProvider implements DriverProvider {
    private static final String GROUPS = "groups";
    private static final String SHARED_GROUPS = "sharedGroups";
    private static final String SNAPSHOT_SIZE = "snapshotSize";
    private static final String TIMEOUT = "timeout";

    /** Makes one; does nothing. */
    public LvmStorageProvider() {}

    @Override
    public String id() {
        return LvmStorage.ID;
    }

    @Override
    public StorageDriver open(Map<String, String> settings) {
        for (String key : settings.keySet()) {
            if (!key.equals(GROUPS)
                    && !key.equals(SHARED_GROUPS)
                    && !key.equals(SNAPSHOT_SIZE)
                    && !key.equals(TIMEOUT)) {
                throw new IllegalArgumentException("storage driver lvm has no setting " + key);
            }
        }
        LvmStorage storage = LvmStorage.empty();
        for (String group : names(settings.get(GROUPS))) {
            storage = storage.andVolumeGroup(group);
        }
        for (String group : names(settings.get(SHARED_GROUPS))) {
            storage = storage.andSharedVolumeGroup(group);
        }
        if (!storage.hasGroups()) {
            throw new IllegalArgumentException("storage driver lvm needs a volume group: set groups or sharedGroups");
        }
        if (settings.containsKey(SNAPSHOT_SIZE)) {
            storage = storage.snapshotSize(percent(settings.get(SNAPSHOT_SIZE)));
        }
        return settings.containsKey(TIMEOUT) ? storage.withTimeout(duration(settings.get(TIMEOUT))) : storage;
    }

    private static List<String> names(@Nullable String list) {
        return list == null || list.isBlank() ? List.of() : List.of(list.strip().split("\\s*,\\s*"));
    }

    private static int percent(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException wrong) {
            throw new IllegalArgumentException("snapshotSize is a whole number of percent", wrong);
        }
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException wrong) {
            throw new IllegalArgumentException("timeout is a duration such as PT10M", wrong);
        }
    }
}
