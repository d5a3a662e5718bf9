package dev.vmsnap.core.internal.run;

import dev.vmsnap.core.PlantedEngine;

public record PlantedRun(PlantedEngine engine) {}
