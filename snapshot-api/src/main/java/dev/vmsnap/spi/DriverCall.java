package dev.vmsnap.spi;

import java.time.Duration;

/** The context of one call to a driver. */
public interface DriverCall {

    /**
     * Returns the VM as it was just before the call.
     *
     * @return its description
     */
    VmDescription vm();

    /**
     * Returns the hypervisor of the VM's node; its commands and files are the node's. In a call that changes something it is
     * {@linkplain HypervisorDriver#fencedBy fenced} by {@link #remaining}.
     *
     * @return the driver
     */
    HypervisorDriver hypervisor();

    /**
     * Returns the fencing epoch of the lease under which the call is made; it grows with each new holder.
     *
     * @return the epoch, 0 for calls that only look
     */
    long epoch();

    /**
     * Returns for how long the caller certainly still holds the lease. A driver that changes storage by other means than the
     * commands and files of {@link #hypervisor} calls this right before each change, and once more after each wait.
     *
     * @return longer than zero; a day for calls that change nothing
     * @throws dev.vmsnap.DriverException {@code LEASE_LOST} if the lease may be over: the driver changes nothing more
     */
    Duration remaining();

    /**
     * Returns whose snapshots these are: storage that several stores use tells theirs apart by it.
     *
     * @return the {@linkplain SnapshotStore#id() id} of the engine's store
     */
    String store();

    /**
     * Tells how much of this call's work is done.
     *
     * @param fraction 0 to 1
     */
    void report(double fraction);

    /**
     * Tells whether the caller wants to stop. A driver looks between commands and, when it can leave things as they
     * were, throws {@link dev.vmsnap.CancelledException}.
     *
     * @return true once somebody cancelled
     */
    boolean cancelled();
}
