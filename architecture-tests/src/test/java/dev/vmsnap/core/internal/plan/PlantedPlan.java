package dev.vmsnap.core.internal.plan;

import dev.vmsnap.core.internal.run.PlantedRun;
import java.time.Instant;

public record PlantedPlan(PlantedRun run) {

    public Instant madeAt() {
        return Instant.now();
    }
}
