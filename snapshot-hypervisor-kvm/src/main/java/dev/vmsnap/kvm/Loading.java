package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings RAM back from images: libvirt starts QEMU, marked and held, with its processors plugged, and QEMU then loads the
 * images alone. The RAM contains the flash memory, which QEMU writes back when the guest goes on.
 *
 * <p>A VM whose QEMU bears the mark and has never run is as good as off: nobody has given it its RAM yet.
 */
final class Loading {
    private static final Logger LOG = LoggerFactory.getLogger(Loading.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String NEVER_RAN = "prelaunch";
    private static final String DOING = "restore the RAM of";

    private final SnapshotJob job;
    private final Guests guests;
    private final ImageSnapshots images;

    Loading(SnapshotJob job, Guests guests, ImageSnapshots images) {
        this.job = job;
        this.guests = guests;
        this.images = images;
    }

    /**
     * Starts a VM that is off with its RAM; if that fails it is off again.
     *
     * @param xml what it ran with at the cut
     */
    void load(VmId vm, List<Volume> volumes, String name, String xml, PowerState power, Duration limit) {
        try {
            // libvirt's own restores give a guest a new generation ID; to it this one is an ordinary start.
            String marked = LoadMark.on(RestoredDomain.regenerated(DomainXml.parse(xml)), power);
            Guests.inspected(() -> guests.create(vm, marked, Virt.START_PAUSED), () -> awaitsRam(vm));
            List<String> nodes =
                    images.nodesOf(vm, volumes).stream().map(BlockNode::name).toList();
            Guests.inspected(
                    () -> job.run(vm, DOING, Qmp.loadRam(name, nodes, name), name, limit),
                    () -> job.ends(vm, DOING, name, limit));
            if (power == PowerState.RUNNING) {
                guests.release(vm);
            } else {
                unmark(vm);
            }
        } catch (RuntimeException e) {
            leaveOff(vm, e);
            throw e;
        }
        if (power == PowerState.RUNNING) {
            try {
                unmark(vm);
            } catch (DriverException e) {
                // On a guest that has run the mark says nothing.
                LOG.debug("VM {}: the mark of a load stays until it is stopped", vm, e);
            }
        }
    }

    /** Whether a VM is held because it was not given its RAM: somebody has died on the way. */
    boolean awaitsRam(VmId vm, State state, DomainXml domain) {
        if (state.power() != PowerState.PAUSED || !LoadMark.isOn(domain)) {
            return false;
        }
        try {
            return Json.text(
                            guests.query(vm, "query-status", PATIENCE).orThrow().getAsJsonObject(), "status", "")
                    .equals(NEVER_RAN);
        } catch (DriverException e) {
            if (e.reason() == DriverException.Reason.TIMEOUT) {
                // QEMU listens to nobody while it loads.
                return true;
            }
            throw e;
        }
    }

    /** The same of a VM of which nothing is known yet. */
    boolean awaitsRam(VmId vm) {
        State state = guests.state(vm);
        return state.power() == PowerState.PAUSED
                && awaitsRam(vm, state, DomainXml.parse(guests.ask(vm, "read", domain -> domain.xml(0))));
    }

    /** Ends a QEMU that was never given its RAM, so that the VM is off. */
    void endWaiting(VmId vm) {
        if (awaitsRam(vm)) {
            guests.stop(vm);
        }
    }

    /**
     * Finishes a load that a process has left between the load and the guest's running on, on a QEMU that reports such a
     * guest as paused. For QEMU 7.2 it has never run, so that it {@linkplain #awaitsRam awaits its RAM}.
     */
    void finish(VmId vm) {
        DomainXml domain = DomainXml.parse(guests.ask(vm, "read", d -> d.xml(0)));
        if (LoadMark.isOn(domain)) {
            if (LoadMark.runsLater(domain)) {
                guests.release(vm);
            }
            unmark(vm);
        }
    }

    private void unmark(VmId vm) {
        Guests.inspected(
                () -> guests.change(vm, "note that RAM was restored of", d -> d.removeMetadata(LoadMark.NAMESPACE)),
                () -> !LoadMark.isOn(DomainXml.parse(guests.ask(vm, "read", domain -> domain.xml(0)))));
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
