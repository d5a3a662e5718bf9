package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmConfiguration;
import java.time.Duration;
import java.util.List;

/**
 * Brings RAM back from images: ends the VM's QEMU, and has {@link Loading} start another one with the RAM. libvirt's own
 * revert is not used: it fails for flash memory and plugged processors (9.0), and for all VMs in 11.2 and 11.3.
 */
final class RamRestore {
    private static final Duration LEAST = Duration.ofMinutes(10);
    private static final long SLOWEST_BYTES_PER_SECOND = 10L << 20;

    private final Guests guests;
    private final ImageSnapshots images;
    private final Loading loading;
    private final Daemon daemon;
    private final StoredImages stored;

    RamRestore(Guests guests, ImageSnapshots images, Loading loading, Daemon daemon, StoredImages stored) {
        this.guests = guests;
        this.images = images;
        this.loading = loading;
        this.daemon = daemon;
        this.stored = stored;
    }

    void restore(VmId vm, List<Volume> volumes, String name, VmConfiguration configuration, PowerState power) {
        if (power != PowerState.RUNNING && power != PowerState.PAUSED) {
            throw new IllegalArgumentException("a VM with restored RAM runs or is paused: " + power);
        }
        loading.endWaiting(vm);
        requireEverywhere(vm, volumes, name, guests.power(vm));
        String present = guests.ask(vm, "read", d -> d.xml(Virt.XML_SECURE | Virt.XML_INACTIVE));
        String live = RestoredDomain.named(DomainXml.parse(configuration.live()), guests.named(vm));
        load(vm, volumes, name, live, present, power);
        requirePower(vm, power);
    }

    private void load(VmId vm, List<Volume> volumes, String name, String live, String present, PowerState power) {
        boolean persistent = guests.ask(vm, "read", Domain::persistent);
        DomainXml now = DomainXml.parse(present);
        String xml = DiskSources.of(MachinePlaces.variables(live, now, daemon), now);
        guests.change(vm, "make ready", domain -> {
            if (domain.hasManagedSave()) {
                domain.removeManagedSave();
            }
        });
        guests.stop(vm);
        loading.load(vm, volumes, name, xml, power, limit(DomainXml.parse(live).memoryBytes()));
        if (persistent) {
            guests.keepDefined(vm, present);
        }
    }

    private void requirePower(VmId vm, PowerState power) {
        PowerState now = guests.power(vm);
        if (now != power) {
            throw Failures.broken("after its RAM was restored VM " + vm + " is " + now + ", not " + power);
        }
    }

    private void requireEverywhere(VmId vm, List<Volume> volumes, String name, PowerState power) {
        if (power.isActive()) {
            images.requireAll(vm, volumes, name);
            return;
        }
        for (Volume volume : volumes) {
            if (!stored.read(volume.source(), volume.source().startsWith("/dev/"))
                    .holds(name)) {
                throw Failures.of(Reason.MISSING, "snapshot " + name + " is not in the image of " + volume.target());
            }
        }
    }

    /** How long it may take to write or read that much RAM. */
    static Duration limit(long ram) {
        return LEAST.plusSeconds(ram / SLOWEST_BYTES_PER_SECOND);
    }
}
