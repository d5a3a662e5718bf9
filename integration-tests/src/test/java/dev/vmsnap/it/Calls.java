package dev.vmsnap.it;

import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.VmDescription;
import java.time.Duration;

/** The context of a call that a test makes itself. */
record Calls(VmDescription vm, HypervisorDriver hypervisor) implements DriverCall {
    @Override
    public String store() {
        return "test-store";
    }

    @Override
    public long epoch() {
        return 1;
    }

    @Override
    public Duration remaining() {
        return Duration.ofDays(1);
    }

    @Override
    public void report(double fraction) {}

    @Override
    public boolean cancelled() {
        return false;
    }
}
