package dev.vmsnap.storage.nas;

import dev.vmsnap.spi.DriverProvider;
import dev.vmsnap.spi.StorageDriver;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;

/**
 * Finds {@link NasStorage} for {@code ServiceLoader}. Its settings: {@code types}, see {@link NasStorage#alsoOn};
 * {@code sameExports}, see {@link NasStorage#sameExport}, as {@code was=is}; {@code abandoned}, see
 * {@link NasStorage#abandoned}; all three may be several, with commas between them. {@code moving}, {@code true} or
 * {@code false}, see {@link NasStorage#movingOnSameExport}. {@code timeout} and {@code deadline}, see
 * {@link NasStorage#withTimeout} and {@link NasStorage#withDeadline}, as ISO-8601 durations, for example {@code PT5M}.
 */
public final class NasStorageProvider implements DriverProvider {

    /** Makes one; does nothing. */
    public NasStorageProvider() {}

    @Override
    public String id() {
        return NasStorage.ID;
    }

    @Override
    public StorageDriver open(Map<String, String> settings) {
        NasStorage storage = new NasStorage();
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            storage = set(storage, setting.getKey(), setting.getValue());
        }
        return storage;
    }

    private static NasStorage set(NasStorage storage, String key, String value) {
        NasStorage next = storage;
        switch (key) {
            case "types" -> {
                for (String type : several(value)) {
                    next = next.alsoOn(type);
                }
            }
            case "sameExports" -> {
                for (String names : several(value)) {
                    int middle = names.indexOf('=');
                    if (middle < 0) {
                        throw new IllegalArgumentException("sameExports are pairs such as old:/export=new:/export");
                    }
                    next = next.sameExport(names.substring(0, middle), names.substring(middle + 1));
                }
            }
            case "abandoned" -> {
                for (String export : several(value)) {
                    next = next.abandoned(export);
                }
            }
            case "moving" -> {
                if (!value.equals("true") && !value.equals("false")) {
                    throw new IllegalArgumentException("moving is true or false");
                }
                next = value.equals("true") ? next.movingOnSameExport() : next;
            }
            case "timeout" -> next = next.withTimeout(duration(key, value));
            case "deadline" -> next = next.withDeadline(duration(key, value));
            default -> throw new IllegalArgumentException("storage driver nas has no setting " + key);
        }
        return next;
    }

    private static List<String> several(String list) {
        return list.isBlank() ? List.of() : List.of(list.strip().split("\\s*,\\s*"));
    }

    private static Duration duration(String key, String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException wrong) {
            throw new IllegalArgumentException(key + " is a duration such as PT5M", wrong);
        }
    }
}
