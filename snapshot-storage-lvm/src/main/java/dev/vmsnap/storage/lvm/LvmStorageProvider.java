package dev.vmsnap.storage.lvm;

import dev.vmsnap.spi.DriverProvider;
import dev.vmsnap.spi.StorageDriver;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds {@link LvmStorage} for {@code ServiceLoader}. Its settings: {@code groups} and {@code sharedGroups}, names of
 * volume groups with commas between them, of which there must be one; {@code snapshotSize}, see
 * {@link LvmStorage#snapshotSize}; {@code timeout} and {@code deadline}, see {@link LvmStorage#withTimeout} and
 * {@link LvmStorage#withDeadline}, as ISO-8601 durations, for example {@code PT10M}.
 */
public final class LvmStorageProvider implements DriverProvider {
    private static final String GROUPS = "groups";
    private static final String SHARED_GROUPS = "sharedGroups";
    private static final String SNAPSHOT_SIZE = "snapshotSize";
    private static final String TIMEOUT = "timeout";
    private static final String DEADLINE = "deadline";
    private static final Set<String> SETTINGS = Set.of(GROUPS, SHARED_GROUPS, SNAPSHOT_SIZE, TIMEOUT, DEADLINE);

    /** Makes one; does nothing. */
    public LvmStorageProvider() {}

    @Override
    public String id() {
        return LvmStorage.ID;
    }

    @Override
    public StorageDriver open(Map<String, String> settings) {
        for (String key : settings.keySet()) {
            if (!SETTINGS.contains(key)) {
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
        if (settings.containsKey(TIMEOUT)) {
            storage = storage.withTimeout(duration(TIMEOUT, settings.get(TIMEOUT)));
        }
        return settings.containsKey(DEADLINE)
                ? storage.withDeadline(duration(DEADLINE, settings.get(DEADLINE)))
                : storage;
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

    private static Duration duration(String key, String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException wrong) {
            throw new IllegalArgumentException(key + " is a duration such as PT10M", wrong);
        }
    }
}
