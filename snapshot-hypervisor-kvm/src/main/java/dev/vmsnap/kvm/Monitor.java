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
     * Makes sure that QEMU has the disks of an active VM in its hands. It has let go of them after it has saved RAM beside
     * them, until the guest runs again; it dies of being told to write to an image meanwhile.
     */
    void requireDisks(VmId vm);
}
