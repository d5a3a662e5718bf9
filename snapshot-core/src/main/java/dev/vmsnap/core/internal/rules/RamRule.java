package dev.vmsnap.core.internal.rules;

import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import java.util.List;
import java.util.Map;

/** When RAM can be saved and brought back. */
final class RamRule {
    private RamRule() {}

    static Verdict create(Situation situation, boolean ram) {
        if (!ram || situation.settings().allowRam()) {
            return Findings.NONE;
        }
        return Findings.refused(Refusal.of(
                Refusal.Code.RAM_NOT_ALLOWED,
                "The settings of " + Words.vm(situation) + " do not allow its RAM to be saved.",
                "Take the snapshot without RAM, or have an administrator allow RAM in the VM's snapshot settings."));
    }

    static Verdict create(Situation situation, VmDescription vm, List<Volume> volumes, boolean ram) {
        return ram
                ? Findings.all(running(situation, vm), storage(situation, volumes), obstacles(situation, vm))
                : Findings.NONE;
    }

    /** Each device that stands in the way. */
    static Verdict obstacles(Situation situation, VmDescription vm) {
        return Findings.refused(vm.ramObstacles().stream()
                .map(obstacle -> new Refusal(
                        Refusal.Code.RAM_DEVICE_UNSUPPORTED,
                        "The RAM of " + Words.vm(situation) + " cannot be saved or restored: " + obstacle + ".",
                        "Remove that obstacle, or work without RAM.",
                        Map.of("device", obstacle)))
                .toList());
    }

    private static Verdict running(Situation situation, VmDescription vm) {
        if (vm.power() != PowerState.OFF) {
            return Findings.NONE;
        }
        return Findings.refused(new Refusal(
                Refusal.Code.VM_NOT_RUNNING,
                Words.vm(situation) + " is off, so there is no RAM to save.",
                "Start the VM, or take the snapshot without RAM.",
                PowerRule.power(vm)));
    }

    private static Verdict storage(Situation situation, List<Volume> volumes) {
        if (RamPlace.of(volumes, situation.traits()).isPresent()) {
            return Findings.NONE;
        }
        return Findings.refused(volumes.stream()
                .filter(volume -> !situation.traitsOf(volume.storage()).contains(StorageDriver.Trait.RAM_IN_IMAGE))
                .map(volume -> new Refusal(
                        Refusal.Code.RAM_STORAGE_UNSUPPORTED,
                        "RAM cannot be saved while disk " + volume.target() + " of " + Words.vm(situation) + " lies on "
                                + Words.kind(volume.kind()) + ".",
                        "Take the snapshot without RAM, or move the disk to storage on which RAM can be saved.",
                        Map.of(
                                "disk",
                                volume.target(),
                                "driver",
                                volume.storage(),
                                "kind",
                                volume.kind().name())))
                .toList());
    }
}
