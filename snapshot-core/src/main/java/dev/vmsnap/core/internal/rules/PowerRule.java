package dev.vmsnap.core.internal.rules;

import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Verdict;
import dev.vmsnap.spi.VmDescription;
import java.util.Locale;
import java.util.Map;

/** What the VM is doing. */
final class PowerRule {
    private PowerRule() {}

    static Verdict create(Situation situation, VmDescription vm) {
        return Findings.all(sensible(situation, vm), idle(situation, vm), lasting(situation, vm));
    }

    /** A crashed VM is exactly what people restore, so any power state will do. */
    static Verdict restore(Situation situation, VmDescription vm) {
        return Findings.all(idle(situation, vm), lasting(situation, vm));
    }

    static Verdict delete(Situation situation, VmDescription vm) {
        return idle(situation, vm);
    }

    private static Verdict sensible(Situation situation, VmDescription vm) {
        if (vm.power() != PowerState.OTHER) {
            return Findings.NONE;
        }
        return Findings.refused(new Refusal(
                Refusal.Code.VM_STATE_UNSUPPORTED,
                Words.vm(situation) + " is neither running, paused nor off, so no snapshot of it makes sense.",
                "Wake, resume or stop the VM, then try again.",
                power(vm)));
    }

    private static Verdict idle(Situation situation, VmDescription vm) {
        return vm.job()
                .map(job -> Findings.refused(new Refusal(
                        Refusal.Code.VM_BUSY,
                        "The hypervisor is busy with " + Words.vm(situation) + ": " + job + ".",
                        "Wait until that has ended, or end it, then try again.",
                        Map.of("job", job))))
                .orElse(Findings.NONE);
    }

    private static Verdict lasting(Situation situation, VmDescription vm) {
        return Findings.all(
                vm.persistent()
                        ? Findings.NONE
                        : Findings.refused(Refusal.of(
                                Refusal.Code.VM_NOT_PERSISTENT,
                                Words.vm(situation) + " is transient: its configuration vanishes when it stops.",
                                "Define the VM persistently, then try again.")),
                vm.savedState()
                        ? Findings.refused(Refusal.of(
                                Refusal.Code.SAVED_STATE_EXISTS,
                                Words.vm(situation) + " has a saved state that waits to be resumed on today's disks.",
                                "Start the VM so that it resumes, or discard its saved state, then try again."))
                        : Findings.NONE);
    }

    static Map<String, String> power(VmDescription vm) {
        return Map.of("power", vm.power().name());
    }

    static String word(PowerState power) {
        return power == PowerState.OTHER ? "active" : power.name().toLowerCase(Locale.ROOT);
    }
}
