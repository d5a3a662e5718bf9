package dev.vmsnap.testkit;

import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.VmDescription;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** The context of a call that a test makes to a driver itself. Thread-safe. */
public final class TestCall implements DriverCall {
    /** The id of the store that a call is made for, unless it is made for another. */
    public static final String STORE = "test-store";

    private final VmDescription vm;
    private final HypervisorDriver hypervisor;
    private final List<Double> reports = new CopyOnWriteArrayList<>();
    private final AtomicLong looksLeft = new AtomicLong(Long.MAX_VALUE);
    private final HypervisorDriver.Fence fence;
    private volatile String store = STORE;

    /**
     * Makes one.
     *
     * @param vm the VM
     * @param hypervisor of its node
     */
    public TestCall(VmDescription vm, HypervisorDriver hypervisor) {
        this(vm, hypervisor, () -> Duration.ofDays(1));
    }

    private TestCall(VmDescription vm, HypervisorDriver hypervisor, HypervisorDriver.Fence fence) {
        this.vm = vm;
        this.hypervisor = hypervisor;
        this.fence = fence;
    }

    /**
     * Makes one under a lease.
     *
     * @param vm the VM
     * @param hypervisor of its node; the call gets it {@linkplain HypervisorDriver#fencedBy fenced}
     * @param fence asked by the drivers
     * @return the call
     */
    public static TestCall fenced(VmDescription vm, HypervisorDriver hypervisor, HypervisorDriver.Fence fence) {
        return new TestCall(vm, hypervisor.fencedBy(fence), fence);
    }

    /**
     * Makes it for another store.
     *
     * @param id the id of the store
     * @return this
     */
    public TestCall inStore(String id) {
        store = id;
        return this;
    }

    /**
     * Cancels it from the beginning.
     *
     * @return this
     */
    public TestCall cancel() {
        return cancelAtLook(1);
    }

    /**
     * Cancels it when the driver looks for the n-th time from now.
     *
     * @param look from 1
     * @return this
     */
    public TestCall cancelAtLook(int look) {
        looksLeft.set(look - 1L);
        return this;
    }

    /**
     * Returns what the driver told of its progress.
     *
     * @return the fractions in order
     */
    public List<Double> reports() {
        return List.copyOf(reports);
    }

    @Override
    public VmDescription vm() {
        return vm;
    }

    @Override
    public HypervisorDriver hypervisor() {
        return hypervisor;
    }

    @Override
    public long epoch() {
        return 1;
    }

    @Override
    public Duration remaining() {
        return fence.remaining();
    }

    @Override
    public String store() {
        return store;
    }

    @Override
    public void report(double fraction) {
        if (!(fraction >= 0 && fraction <= 1)) {
            throw new IllegalArgumentException("progress is 0 to 1, not " + fraction);
        }
        reports.add(fraction);
    }

    @Override
    public boolean cancelled() {
        return looksLeft.getAndUpdate(left -> left > 0 ? left - 1 : 0) == 0;
    }
}
