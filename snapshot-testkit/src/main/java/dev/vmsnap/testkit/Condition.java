package dev.vmsnap.testkit;

import java.util.List;
import java.util.Optional;

/** What a hypervisor says of a VM besides its configuration and power. Guarded by its datacenter. */
final class Condition {
    boolean persistent = true;
    boolean writableFirmware;
    boolean atomicCut = true;
    boolean agent = true;
    List<String> ramObstacles = List.of();
    Optional<String> job = Optional.empty();

    /** Returns why the RAM cannot be saved, if it cannot. */
    Optional<String> ramObstacle() {
        return writableFirmware
                ? Optional.of("writable firmware")
                : ramObstacles.stream().findFirst();
    }
}
