package dev.vmsnap.core.internal.run;

import dev.vmsnap.core.internal.rules.Ability;
import dev.vmsnap.spi.HypervisorDriver;
import java.util.EnumSet;
import java.util.Set;

/** Reads from the roles of a hypervisor what it can do. */
final class Abilities {
    private Abilities() {}

    static Set<Ability> of(HypervisorDriver hypervisor) {
        Set<Ability> abilities = EnumSet.noneOf(Ability.class);
        if (hypervisor instanceof HypervisorDriver.Hold) {
            abilities.add(Ability.HOLD);
        }
        if (hypervisor instanceof HypervisorDriver.InImageSnapshots) {
            abilities.add(Ability.IN_IMAGE);
        }
        if (hypervisor instanceof HypervisorDriver.InImageRam) {
            abilities.add(Ability.IN_IMAGE_RAM);
        }
        if (hypervisor instanceof HypervisorDriver.RamBeside) {
            abilities.add(Ability.RAM_BESIDE);
        }
        if (hypervisor instanceof HypervisorDriver.Quiesce) {
            abilities.add(Ability.QUIESCE);
        }
        if (hypervisor instanceof HypervisorDriver.MachineState) {
            abilities.add(Ability.MACHINE_STATE);
        }
        if (hypervisor instanceof HypervisorDriver.GenerationIds) {
            abilities.add(Ability.GENERATION_IDS);
        }
        if (hypervisor instanceof HypervisorDriver.GuestClock) {
            abilities.add(Ability.GUEST_CLOCK);
        }
        if (hypervisor instanceof HypervisorDriver.Checkpoints) {
            abilities.add(Ability.CHECKPOINTS);
        }
        if (hypervisor instanceof HypervisorDriver.Metadata) {
            abilities.add(Ability.METADATA);
        }
        return abilities;
    }
}
