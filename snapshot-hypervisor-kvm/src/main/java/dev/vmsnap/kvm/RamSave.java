package dev.vmsnap.kvm;

import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import java.time.Duration;
import java.util.List;

/**
 * Saves RAM inside images by a job of QEMU's. QEMU itself holds the guest and lets it go on, whoever dies meanwhile, and
 * takes no name twice.
 *
 * <p>QEMU 7.2 answers nobody while the job runs, and answers the command that began it last of all. A libvirt daemon that
 * dies and comes back in between takes that answer for another one; libvirt 9.0 then ends the guest. Its own save of RAM
 * has the same flaw; nothing on this side helps.
 */
final class RamSave {
    private final SnapshotJob job;
    private final Guests guests;
    private final ImageSnapshots images;

    RamSave(SnapshotJob job, Guests guests, ImageSnapshots images) {
        this.job = job;
        this.guests = guests;
        this.images = images;
    }

    Duration save(VmId vm, List<Volume> volumes, String name) {
        PowerState before = guests.power(vm);
        if (before != PowerState.RUNNING && before != PowerState.PAUSED) {
            throw before == PowerState.OFF
                    ? Failures.off(vm)
                    : Failures.broken("VM " + vm + " neither runs nor is it paused");
        }
        guests.requireDisks(vm);
        List<String> nodes =
                images.nodesOf(vm, volumes).stream().map(BlockNode::name).toList();
        long ram = guests.<Long>ask(
                vm, "read", domain -> DomainXml.parse(domain.xml(0)).memoryBytes());
        Duration held;
        try {
            held = job.run(vm, "save the RAM of", Qmp.saveRam(name, nodes, name), name, RamRestore.limit(ram));
            requireRam(vm, volumes, name);
        } catch (RuntimeException e) {
            if (before == PowerState.RUNNING) {
                guests.releaseAfter(vm, e);
            }
            throw e;
        }
        if (before == PowerState.RUNNING) {
            guests.release(vm);
        }
        return held;
    }

    /** Looks whether what was reported is there. */
    private void requireRam(VmId vm, List<Volume> volumes, String name) {
        images.requireAll(vm, volumes, name);
        boolean ram = images.images(vm).stream()
                .flatMap(image -> image.snapshots().stream())
                .anyMatch(s -> s.name().equals(name) && s.ramBytes() > 0);
        if (!ram) {
            throw Failures.broken("no image of VM " + vm + " holds the RAM of snapshot " + name);
        }
    }
}
