package dev.vmsnap.storage.file;

import dev.vmsnap.core.PlantedEngine;
import dev.vmsnap.store.jdbc.PlantedStoreManager;

public record PlantedFileDriver(PlantedEngine engine, PlantedStoreManager store) {}
