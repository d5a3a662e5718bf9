package dev.vmsnap.planted;

public record PlantedWithoutPackageInfo(String name) {}
