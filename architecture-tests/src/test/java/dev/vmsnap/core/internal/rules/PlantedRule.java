package dev.vmsnap.core.internal.rules;

import dev.vmsnap.core.internal.plan.PlantedPlan;
import java.nio.file.Files;
import java.nio.file.Path;

public record PlantedRule(PlantedPlan plan, Path file) {

    public boolean holds() {
        return Files.exists(file);
    }
}
