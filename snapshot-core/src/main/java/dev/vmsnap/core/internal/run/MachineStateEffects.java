package dev.vmsnap.core.internal.run;

import dev.vmsnap.Certificate.Hazard;
import dev.vmsnap.Certificate.Line;
import dev.vmsnap.Certificate.Outcome;
import dev.vmsnap.DriverException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.spi.HypervisorDriver.MachineState;
import dev.vmsnap.spi.VmConfiguration;
import java.util.Map;

/** What keeps firmware variables and a TPM's state with the configuration of a snapshot, and brings them back. */
final class MachineStateEffects {

    private MachineStateEffects() {}

    static Map<StepKind, Effect> all() {
        return Map.of(
                StepKind.SAVE_MACHINE_STATE, (work, nothing) -> save(work),
                StepKind.LOAD_MACHINE_STATE, (work, nothing) -> load(work));
    }

    private static void save(Work work) {
        SnapshotId id = work.entry().snapshots().get(0);
        Map<String, String> state = work.role(MachineState.class).read(work.vm());
        VmConfiguration configuration =
                work.wiring().store().configurations(work.vm()).get(id);
        if (configuration == null) {
            throw new DriverException(
                    "store",
                    DriverException.Reason.MISSING,
                    "The store has lost the configuration of snapshot " + id + ".");
        }
        work.wiring().store().saveConfiguration(id, configuration.with(state), work.lease());
    }

    private static void load(Work work) {
        Map<String, String> state = RestoreEffects.configuration(work).machineState();
        if (!state.isEmpty()) {
            work.role(MachineState.class).write(work.vm(), state);
        }
        boolean keepsSome = !state.isEmpty() || work.description().machineState();
        boolean tpm = state.keySet().stream().anyMatch(MachineStateEffects::isOfTpm);
        boolean variables = state.keySet().stream().anyMatch(part -> !isOfTpm(part));
        if (keepsSome && (variables || !tpm)) {
            Certificates.remember(
                    work,
                    variables
                            ? new Line(Hazard.FIRMWARE, Outcome.DONE, "The firmware variables are the snapshot's.")
                            : new Line(
                                    Hazard.FIRMWARE,
                                    Outcome.COULD_NOT,
                                    "The snapshot has nothing of what the machine keeps outside its disks."));
        }
        if (tpm) {
            Certificates.remember(work, new Line(Hazard.TPM, Outcome.DONE, "The TPM's state is the snapshot's."));
        }
    }

    private static boolean isOfTpm(String part) {
        return part.startsWith("tpm");
    }
}
