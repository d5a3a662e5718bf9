package dev.vmsnap.core.internal.run;

import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.VmDescription;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;

/** The context that drivers get. */
record Call(
        VmDescription vm,
        HypervisorDriver hypervisor,
        long epoch,
        String store,
        DoubleConsumer progress,
        BooleanSupplier cancellation)
        implements DriverCall {

    @Override
    public void report(double fraction) {
        progress.accept(fraction);
    }

    @Override
    public boolean cancelled() {
        return cancellation.getAsBoolean();
    }
}
