package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmConfiguration;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * Brings RAM back from images, by libvirt's internal snapshots of which libvirt remembers nothing: it is told of one just
 * before it goes back to it, and made to forget it again. Where firmware writes to flash memory, or processors were plugged
 * in, libvirt cannot, and {@link Loading} does.
 */
final class RamRestore {
    private static final Duration LEAST = Duration.ofMinutes(10);
    private static final long SLOWEST_BYTES_PER_SECOND = 10L << 20;

    private final Guests guests;
    private final ImageSnapshots images;
    private final Loading loading;
    private final Daemon daemon;
    private final StoredImages stored;
    private final Clock clock;

    RamRestore(Guests guests, ImageSnapshots images, Loading loading, Daemon daemon, StoredImages stored, Clock clock) {
        this.guests = guests;
        this.images = images;
        this.loading = loading;
        this.daemon = daemon;
        this.stored = stored;
        this.clock = clock;
    }

    void restore(VmId vm, List<Volume> volumes, String name, VmConfiguration configuration, PowerState power) {
        if (power != PowerState.RUNNING && power != PowerState.PAUSED) {
            throw new IllegalArgumentException("a VM with restored RAM runs or is paused: " + power);
        }
        loading.endWaiting(vm);
        requireEverywhere(vm, volumes, name, guests.power(vm));
        String present = guests.ask(vm, "read", d -> d.xml(Virt.XML_SECURE | Virt.XML_INACTIVE));
        String live = RestoredDomain.named(DomainXml.parse(configuration.live()), guests.named(vm));
        if (needsLoader(DomainXml.parse(live))) {
            load(vm, volumes, name, live, present, power);
        } else {
            revert(vm, volumes, name, live, present, power);
        }
        requirePower(vm, power);
    }

    private void revert(VmId vm, List<Volume> volumes, String name, String live, String present, PowerState power) {
        boolean persistent = guests.ask(vm, "read", Domain::persistent);
        String xml = SnapshotXml.remembered(
                name, targets(volumes), power, clock.instant().getEpochSecond(), live);
        Duration limit = limit(DomainXml.parse(live).memoryBytes());
        guests.change(vm, "forget old snapshots of", Domain::forgetOurs);
        // A domain that is not persistent would vanish; for it the revert itself ends the old QEMU.
        if (guests.power(vm).isActive() && persistent) {
            guests.stop(vm);
        }
        try {
            guests.change(vm, "tell of a snapshot of", d -> d.snapshot(xml, Virt.SNAPSHOT_REDEFINE));
            int flag = power == PowerState.PAUSED ? Virt.REVERT_PAUSED : Virt.REVERT_RUNNING;
            Guests.inspected(
                    () -> guests.change(vm, "restore the RAM of", limit, d -> d.revert(name, flag)),
                    () -> isRestored(vm, power));
        } catch (RuntimeException e) {
            try {
                settle(vm, present, persistent);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        settle(vm, present, persistent);
    }

    /** Whether the guest is as a revert leaves it; one that libvirt still starts is not. */
    private boolean isRestored(VmId vm, PowerState power) {
        State state = guests.state(vm);
        return state.power() == power && state.job().isEmpty();
    }

    private void load(VmId vm, List<Volume> volumes, String name, String live, String present, PowerState power) {
        boolean persistent = guests.ask(vm, "read", Domain::persistent);
        DomainXml now = DomainXml.parse(present);
        String xml = DiskSources.of(MachinePlaces.variables(live, now, daemon), now);
        guests.change(vm, "make ready", domain -> {
            domain.forgetOurs();
            if (domain.hasManagedSave()) {
                domain.removeManagedSave();
            }
            if (domain.state().power().isActive()) {
                domain.destroy();
            }
        });
        loading.load(vm, volumes, name, xml, power, limit(DomainXml.parse(live).memoryBytes()));
        if (persistent) {
            guests.keepDefined(vm, present);
        }
    }

    /**
     * Whether libvirt's own way fails: it has QEMU load the RAM before it plugs processors, and load flash memory from
     * images that hold no snapshots (libvirt 9.0, QEMU 7.2).
     */
    static boolean needsLoader(DomainXml live) {
        return MachineParts.of(live).writesFlash() || live.pluggedProcessors();
    }

    private void requirePower(VmId vm, PowerState power) {
        PowerState now = guests.power(vm);
        if (now != power) {
            throw Failures.broken("after its RAM was restored VM " + vm + " is " + now + ", not " + power);
        }
    }

    /** Leaves no trace of the snapshot in libvirt, and the VM's next start as it was; a revert changes both. */
    private void settle(VmId vm, String present, boolean persistent) {
        guests.change(vm, "forget a snapshot of", Domain::forgetOurs);
        if (persistent) {
            guests.keepDefined(vm, present);
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

    private static List<String> targets(List<Volume> volumes) {
        return volumes.stream().map(Volume::target).toList();
    }
}
