package dev.vmsnap.core.internal.run;

import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.VmDescription;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;

/** The context that drivers get. */
record Call(
        VmDescription vm,
        HypervisorDriver hypervisor,
        long epoch,
        String store,
        DoubleConsumer progress,
        BooleanSupplier cancellation,
        HypervisorDriver.Fence lease)
        implements DriverCall {
    private static final Duration A_DAY = Duration.ofDays(1);

    /** The context of a call that changes nothing. */
    static Call toInspect(VmDescription vm, HypervisorDriver hypervisor, String store) {
        return new Call(vm, hypervisor, 0, store, fraction -> {}, () -> false, () -> A_DAY);
    }

    @Override
    public Duration remaining() {
        return lease.remaining();
    }

    @Override
    public void report(double fraction) {
        progress.accept(fraction);
    }

    @Override
    public boolean cancelled() {
        return cancellation.getAsBoolean();
    }
}
