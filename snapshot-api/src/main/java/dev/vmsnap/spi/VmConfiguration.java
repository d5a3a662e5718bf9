package dev.vmsnap.spi;

import java.util.Map;

/**
 * A VM's configuration in the hypervisor's own words. Holds secrets (console passwords, keys in a TPM); never printed.
 *
 * @param persistent what the VM is started from next time
 * @param live what it runs with; equal to {@code persistent} when it is off
 * @param machineState what the machine keeps outside its disks, as {@link HypervisorDriver.MachineState#read} returned it;
 *     empty when it keeps nothing, or when it was not asked for
 */
public record VmConfiguration(String persistent, String live, Map<String, String> machineState) {
    /** Copies the map. */
    public VmConfiguration {
        machineState = Map.copyOf(machineState);
    }

    /**
     * A configuration without a word on what the machine keeps outside its disks.
     *
     * @param persistent as in {@link #persistent()}
     * @param live as in {@link #live()}
     */
    public VmConfiguration(String persistent, String live) {
        this(persistent, live, Map.of());
    }

    /**
     * Returns this configuration with what the machine keeps outside its disks.
     *
     * @param state as in {@link #machineState()}
     * @return the changed copy
     */
    public VmConfiguration with(Map<String, String> state) {
        return new VmConfiguration(persistent, live, state);
    }

    @Override
    public String toString() {
        return "VmConfiguration[" + persistent.length() + " and " + live.length() + " characters, "
                + machineState.size() + " parts of machine state]";
    }
}
