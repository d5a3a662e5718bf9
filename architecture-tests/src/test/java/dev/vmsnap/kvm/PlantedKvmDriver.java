package dev.vmsnap.kvm;

import dev.vmsnap.storage.file.PlantedFileDriver;

public record PlantedKvmDriver(PlantedFileDriver driver) {}
