package dev.vmsnap;

/** Whether a VM's processors run. */
public enum PowerState {
    /** The guest runs. */
    RUNNING,
    /** The VM exists with its RAM, its processors are held. */
    PAUSED,
    /** The VM has no RAM: shut off or never started. */
    OFF,
    /** Anything in which a snapshot makes no sense: crashed, suspended by the guest, shutting down, unknown. */
    OTHER;

    /**
     * Tells whether a hypervisor process holds the VM and its disks.
     *
     * @return true unless {@link #OFF}
     */
    public boolean isActive() {
        return this != OFF;
    }
}
