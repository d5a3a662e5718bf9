package dev.vmsnap.spi;

/**
 * A VM's configuration in the hypervisor's own words. Holds secrets (console passwords); never printed.
 *
 * @param persistent what the VM is started from next time
 * @param live what it runs with; equal to {@code persistent} when it is off
 */
public record VmConfiguration(String persistent, String live) {
    @Override
    public String toString() {
        return "VmConfiguration[" + persistent.length() + " and " + live.length() + " characters]";
    }
}
