package dev.vmsnap.storage.nas;

import dev.vmsnap.store.jdbc.PlantedStoreManager;

public record PlantedNasDriver(PlantedStoreManager store) {}
