package dev.vmsnap.spi;

import dev.vmsnap.core.PlantedEngine;

public record PlantedDriverType(PlantedEngine engine) {}
