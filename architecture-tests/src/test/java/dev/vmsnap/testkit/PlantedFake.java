package dev.vmsnap.testkit;

import org.junit.jupiter.api.TestInfo;

public record PlantedFake(TestInfo info) {}
