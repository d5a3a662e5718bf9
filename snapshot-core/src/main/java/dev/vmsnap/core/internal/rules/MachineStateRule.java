package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Verdict;
import dev.vmsnap.spi.VmDescription;
import java.util.Map;

/**
 * What a machine keeps outside its disks is part of every snapshot, or there is none: a guest whose disks go back and
 * whose firmware variables or TPM do not may not start any more.
 */
final class MachineStateRule {
    private MachineStateRule() {}

    static Verdict create(Situation situation, VmDescription vm) {
        if (!vm.stateObstacles().isEmpty()) {
            return Findings.refused(vm.stateObstacles().stream()
                    .map(obstacle -> new Refusal(
                            Refusal.Code.FIRMWARE_UNSUPPORTED,
                            Words.vm(situation)
                                    + " keeps something outside its disks that cannot be part of a snapshot: "
                                    + obstacle + ".",
                            "Change that in the VM's configuration.",
                            Map.of("obstacle", obstacle)))
                    .toList());
        }
        return vm.machineState() && !situation.abilities().contains(Ability.MACHINE_STATE)
                ? Findings.refused(Refusal.of(
                        Refusal.Code.FIRMWARE_UNSUPPORTED,
                        Words.vm(situation)
                                + " has firmware variables or a TPM, which its hypervisor driver cannot save.",
                        "Use a hypervisor driver that can, or a VM without them."))
                : Findings.NONE;
    }
}
