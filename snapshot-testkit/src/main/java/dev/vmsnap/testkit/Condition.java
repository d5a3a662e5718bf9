package dev.vmsnap.testkit;

import dev.vmsnap.PowerState;
import dev.vmsnap.spi.VmDescription;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a hypervisor says of a VM besides its configuration and power. Guarded by its datacenter. */
final class Condition {
    boolean persistent = true;
    Map<String, String> machineState = Map.of();
    List<String> stateObstacles = List.of();
    boolean atomicCut = true;
    boolean agent = true;
    List<String> ramObstacles = List.of();
    Optional<String> job = Optional.empty();

    Set<VmDescription.Trait> traits(Guest guest, Reversion reversion) {
        Set<VmDescription.Trait> traits = EnumSet.noneOf(VmDescription.Trait.class);
        add(traits, persistent, VmDescription.Trait.PERSISTENT);
        add(traits, guest.hasSavedState(), VmDescription.Trait.SAVED_STATE);
        add(traits, !machineState.isEmpty(), VmDescription.Trait.MACHINE_STATE);
        add(traits, atomicCut, VmDescription.Trait.ATOMIC_CUT);
        add(traits, agent && guest.power() == PowerState.RUNNING, VmDescription.Trait.AGENT);
        add(traits, reversion.isIdentified(), VmDescription.Trait.GENERATION_ID);
        return traits;
    }

    private static void add(Set<VmDescription.Trait> traits, boolean has, VmDescription.Trait trait) {
        if (has) {
            traits.add(trait);
        }
    }

    /** Returns why the RAM cannot be saved, if it cannot. */
    Optional<String> ramObstacle() {
        return ramObstacles.stream().findFirst();
    }
}
