package dev.vmsnap.manifest;

import dev.vmsnap.core.PlantedEngine;

public record PlantedManifest(PlantedEngine engine) {}
