package dev.vmsnap.core.internal.run;

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
    }
}
