package dev.vmsnap.core.internal.run;

import dev.vmsnap.VmId;

final class PlantedChange {
    private PlantedChange() {}

    static void stop(Wiring wiring, VmId vm) {
        wiring.nodes().get("node-1").stop(vm);
    }
}
