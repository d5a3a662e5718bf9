package dev.vmsnap.storage.nas;

import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.VmDescription;
import java.time.Duration;

/**
 * A call that goes to a node by way of {@link NasNode}.
 *
 * @param call the engine's call
 * @param hypervisor the node
 */
record NasCall(DriverCall call, HypervisorDriver hypervisor) implements DriverCall {

    @Override
    public VmDescription vm() {
        return call.vm();
    }

    @Override
    public long epoch() {
        return call.epoch();
    }

    @Override
    public Duration remaining() {
        return call.remaining();
    }

    @Override
    public String store() {
        return call.store();
    }

    @Override
    public void report(double fraction) {
        call.report(fraction);
    }

    @Override
    public boolean cancelled() {
        return call.cancelled();
    }
}
