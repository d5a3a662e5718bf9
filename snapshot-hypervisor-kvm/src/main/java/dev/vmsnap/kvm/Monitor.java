package dev.vmsnap.kvm;

import dev.vmsnap.VmId;
import java.time.Duration;

/** The QEMU of an active VM, as far as its disks go. */
interface Monitor {
    /**
     * Reads the configuration of the running domain, with the paths of disks in storage pools.
     *
     * @throws dev.vmsnap.DriverException {@code MISSING} if the VM is off
     */
    DomainXml live(VmId vm);

    /** Asks QEMU something; asked again when the connection was lost. */
    Qmp.Reply query(VmId vm, String command, Duration limit);

    /** Sends one command to QEMU; it may change something, so it is not repeated. */
    Qmp.Reply monitor(VmId vm, Qmp.Command command, Duration limit);

    /**
     * Makes sure that QEMU uses the disks of an active VM. After a save of RAM beside them it has closed them until the
     * guest runs again. After a start that ended paused, QEMU 10 keeps them inactive, and is told to activate them. QEMU
     * dies of a write to an inactive image (7.2, 10.0, 11.1).
     *
     * @throws dev.vmsnap.DriverException {@code IN_USE} if only the guest's running on makes QEMU use them
     */
    void requireDisks(VmId vm);
}
