package dev.vmsnap.spi;

/** The context of one call to a driver. */
public interface DriverCall {

    /**
     * Returns the VM as it was just before the call.
     *
     * @return its description
     */
    VmDescription vm();

    /**
     * Returns the hypervisor of the VM's node; its commands and files are the node's.
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
