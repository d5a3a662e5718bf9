package dev.vmsnap.examples.storage;

import dev.vmsnap.spi.DriverProvider;
import dev.vmsnap.spi.StorageDriver;
import java.util.Map;
import java.util.Set;

/** What {@code ServiceLoader} finds of the driver; its one setting is {@code directory}. */
public final class CopyStorageProvider implements DriverProvider {

    /** For {@code ServiceLoader}. */
    public CopyStorageProvider() {}

    @Override
    public String id() {
        return "copy";
    }

    @Override
    public StorageDriver open(Map<String, String> settings) {
        if (!settings.keySet().equals(Set.of("directory"))) {
            throw new IllegalArgumentException("the copy driver has one setting, directory, not " + settings.keySet());
        }
        return new CopyStorage(settings.getOrDefault("directory", ""));
    }
}
