package dev.vmsnap.testkit;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a hypervisor says of a VM besides its configuration and power. Guarded by its datacenter. */
final class Condition {
    boolean persistent = true;
    Map<String, String> machineState = Map.of();
    List<String> stateObstacles = List.of();
    boolean atomicCut = true;
    boolean agent = true;
    List<String> ramObstacles = List.of();
    Optional<String> job = Optional.empty();

    /** Returns why the RAM cannot be saved, if it cannot. */
    Optional<String> ramObstacle() {
        return ramObstacles.stream().findFirst();
    }
}
