package dev.vmsnap;

import dev.vmsnap.spi.PlantedDriverType;

public record PlantedHostType(PlantedDriverType driver) {}
