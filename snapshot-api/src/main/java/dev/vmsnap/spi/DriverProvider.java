package dev.vmsnap.spi;

import java.util.Map;

/**
 * What {@code ServiceLoader} finds of a storage driver: a tiny public class with a public constructor without
 * parameters that does nothing. Explicit wiring does not need it.
 */
public interface DriverProvider {

    /**
     * Returns the id of the driver that it opens.
     *
     * @return as {@link StorageDriver#id()}
     */
    String id();

    /**
     * Opens the driver.
     *
     * @param settings the host's settings for this driver, may be empty; unknown keys are an error
     * @return the driver
     * @throws IllegalArgumentException if a setting is unknown or its value is wrong
     */
    StorageDriver open(Map<String, String> settings);
}
