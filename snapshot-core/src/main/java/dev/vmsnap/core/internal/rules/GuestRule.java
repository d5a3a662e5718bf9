package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verdict;
import dev.vmsnap.spi.VmDescription;
import java.util.Map;

/** Gives the notices about the guest that a restore leaves. */
public final class GuestRule {
    private GuestRule() {}

    /**
     * Reports whether a restore loads RAM.
     *
     * @param snapshot the snapshot
     * @param options what the caller has chosen
     * @return true if the snapshot has RAM and the VM is not to be off afterwards
     */
    public static boolean loadsRam(Snapshot snapshot, Intent.RestoreOptions options) {
        return snapshot.ram() && options.power() != Intent.PowerAfter.OFF;
    }

    /**
     * Reports whether a guest whose RAM is loaded runs at once.
     *
     * @param snapshot the snapshot
     * @param options what the caller has chosen
     * @return true unless it is held
     */
    public static boolean runsAfter(Snapshot snapshot, Intent.RestoreOptions options) {
        return snapshot.power() != PowerState.PAUSED && options.power() == Intent.PowerAfter.AS_IT_WAS;
    }

    /**
     * Reports whether a restore starts a guest, with RAM or without.
     *
     * @param vm the VM before the restore
     * @param snapshot the snapshot
     * @param options what the caller has chosen
     * @return false if the VM is off afterwards
     */
    public static boolean starts(VmDescription vm, Snapshot snapshot, Intent.RestoreOptions options) {
        return loadsRam(snapshot, options)
                || switch (options.power()) {
                    case AS_IT_WAS -> vm.power().isActive();
                    case PAUSED -> true;
                    case OFF -> false;
                };
    }

    static Verdict restore(Situation situation, VmDescription vm, Snapshot snapshot, Intent.RestoreOptions options) {
        if (!snapshot.ram()) {
            return Findings.NONE;
        }
        if (!loadsRam(snapshot, options)) {
            return Findings.noticed(
                    Verdict.Notice.Code.RAM_NOT_LOADED,
                    Words.vm(situation) + " will be off, so the RAM of " + Words.snapshot(snapshot)
                            + " is not loaded; the guest boots at its next start.",
                    Map.of("snapshot", snapshot.id().value()));
        }
        boolean cannot = !situation.abilities().contains(Ability.GUEST_CLOCK)
                || (vm.power() == PowerState.RUNNING && !vm.agent());
        return cannot && runsAfter(snapshot, options)
                ? Findings.noticed(
                        Verdict.Notice.Code.CLOCK_STAYS_BEHIND,
                        "The guest of " + Words.vm(situation)
                                + " has no agent that could set its clock, so it goes on with" + " the time of "
                                + Words.snapshot(snapshot) + ".",
                        Map.of("snapshot", snapshot.id().value()))
                : Findings.NONE;
    }
}
