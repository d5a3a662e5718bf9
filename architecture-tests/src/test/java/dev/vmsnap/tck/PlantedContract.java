package dev.vmsnap.tck;

import dev.vmsnap.core.internal.run.PlantedRun;

public record PlantedContract(PlantedRun run) {}
