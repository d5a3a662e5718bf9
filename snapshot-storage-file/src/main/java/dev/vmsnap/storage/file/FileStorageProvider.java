package dev.vmsnap.storage.file;

import dev.vmsnap.spi.DriverProvider;
import dev.vmsnap.spi.StorageDriver;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;

/**
 * Finds {@link FileStorage} for {@code ServiceLoader}. Its settings are {@code timeout} and {@code deadline}, see
 * {@link FileStorage#withTimeout} and {@link FileStorage#withDeadline}, as ISO-8601 durations, for example {@code PT10M}.
 */
public final class FileStorageProvider implements DriverProvider {

    /** Makes one; does nothing. */
    public FileStorageProvider() {}

    @Override
    public String id() {
        return FileStorage.ID;
    }

    @Override
    public StorageDriver open(Map<String, String> settings) {
        FileStorage storage = new FileStorage();
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            String key = setting.getKey();
            Duration limit = duration(key, setting.getValue());
            storage = switch (key) {
                case "timeout" -> storage.withTimeout(limit);
                case "deadline" -> storage.withDeadline(limit);
                default -> throw new IllegalArgumentException("storage driver file has no setting " + key);
            };
        }
        return storage;
    }

    private static Duration duration(String key, String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException wrong) {
            throw new IllegalArgumentException(key + " is a duration such as PT10M", wrong);
        }
    }
}
