package dev.vmsnap.kvm;

import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.VmConfiguration;
import java.time.Duration;

/** Starts a VM with RAM from a file or device. What is not whole saved RAM of this VM is refused before it is stopped. */
final class RamBesideRestore {
    private final Guests guests;
    private final Daemon daemon;
    private final Commands commands;

    RamBesideRestore(Guests guests, Daemon daemon, Commands commands) {
        this.guests = guests;
        this.daemon = daemon;
        this.commands = commands;
    }

    void restore(VmId vm, String target, VmConfiguration configuration, PowerState power) {
        int flag = flag(power);
        String present = guests.ask(vm, "read", domain -> domain.xml(Virt.XML_SECURE | Virt.XML_INACTIVE));
        boolean persistent = guests.ask(vm, "read", Domain::persistent);
        DomainXml now = DomainXml.parse(present);
        SaveImage.in(Place.at(target, commands)).requireOf(now);
        DomainXml then = DomainXml.parse(configuration.live());
        String xml =
                DiskSources.of(MachinePlaces.variables(RestoredDomain.named(then, guests.named(vm)), now, daemon), now);
        Duration limit = RamRestore.limit(then.memoryBytes());
        makeReady(vm);
        try {
            // Past the page cache it would be no faster, and libvirt fails there when a device goes on behind the RAM.
            Guests.inspected(() -> guests.restore(vm, target, xml, flag, limit), () -> guests.power(vm) == power);
            if (persistent) {
                guests.keepDefined(vm, present);
            }
            requirePower(vm, power);
        } catch (RuntimeException e) {
            leaveOff(vm, e);
            throw e;
        }
    }

    private static int flag(PowerState power) {
        return switch (power) {
            case RUNNING -> Virt.RESTORE_RUNNING;
            case PAUSED -> Virt.RESTORE_PAUSED;
            default -> throw new IllegalArgumentException("a VM with restored RAM runs or is paused: " + power);
        };
    }

    /** Stops the VM and takes away what would keep it from starting, or would come back at its next start. */
    private void makeReady(VmId vm) {
        guests.change(vm, "make ready", domain -> {
            if (domain.hasManagedSave()) {
                domain.removeManagedSave();
            }
        });
        guests.stop(vm);
    }

    private void requirePower(VmId vm, PowerState power) {
        PowerState now = guests.power(vm);
        if (now != power) {
            throw Failures.broken("after its RAM was restored VM " + vm + " is " + now + ", not " + power);
        }
    }

    private void leaveOff(VmId vm, RuntimeException failure) {
        try {
            if (guests.power(vm).isActive()) {
                guests.stop(vm);
            }
        } catch (RuntimeException second) {
            failure.addSuppressed(second);
        }
    }
}
