package dev.vmsnap.store.jdbc;

import dev.vmsnap.storage.file.PlantedFileDriver;
import java.sql.Connection;
import java.util.List;

public record PlantedStoreManager(List<Connection> connections, PlantedFileDriver driver) {}
