package dev.vmsnap.storage.lvm;

import dev.vmsnap.storage.file.PlantedFileDriver;

public record PlantedLvmDriver(PlantedFileDriver file) {}
