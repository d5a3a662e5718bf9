package dev.vmsnap.storage.file;

import dev.vmsnap.spi.DriverProvider;
import dev.vmsnap.spi.StorageDriver;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;

/**
 * Finds {@link FileStorage} for {@code ServiceLoader}. Its only setting is {@code timeout}, see
 * {@link FileStorage#withTimeout}, as an ISO-8601 duration, for example {@code PT10M}.
 */
public final class FileStorageProvider implements DriverProvider {
    private static final String TIMEOUT = "timeout";

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
            if (!setting.getKey().equals(TIMEOUT)) {
                throw new IllegalArgumentException("storage driver file has no setting " + setting.getKey());
            }
            storage = storage.withTimeout(duration(setting.getValue()));
        }
        return storage;
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException wrong) {
            throw new IllegalArgumentException("timeout is a duration such as PT10M", wrong);
        }
    }
}
