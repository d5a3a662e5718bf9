package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Saves RAM inside images by a job of QEMU's. QEMU itself holds the guest and lets it go on, whoever dies meanwhile, and
 * takes no name twice.
 *
 * <p>QEMU 7.2 answers nobody while the job runs, and answers the command that began it last of all. A libvirt daemon that
 * dies and comes back in between takes that answer for another one; libvirt 9.0 then ends the guest. Its own save of RAM
 * has the same flaw; nothing on this side helps.
 */
final class RamSave {
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Link link;
    private final Guests guests;
    private final ImageSnapshots images;

    RamSave(Link link, Guests guests, ImageSnapshots images) {
        this.link = link;
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
            held = saved(vm, Qmp.saveRam(name, nodes, name), name, RamRestore.limit(ram));
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

    private Duration saved(VmId vm, Qmp.Command command, String job, Duration limit) {
        Link.Touched touched = new Link.Touched();
        Duration held = link.call("save the RAM of VM " + vm, limit.plus(Link.SHORT), touched, session -> {
            try (Domain domain = Domain.of(session, vm);
                    JobWatch watch = JobWatch.on(session.number(), vm, job)) {
                touched.now();
                Qmp.Reply.parse(command.name(), domain.monitor(command.json())).orThrow();
                await(session, watch, limit);
                return watch.held();
            }
        });
        Optional<String> error = error(vm, job);
        guests.monitor(vm, Qmp.dismiss(job), Link.SHORT);
        if (error.isPresent()) {
            throw failed(vm, error.get());
        }
        return held;
    }

    private static void await(Session session, JobWatch watch, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        while (!watch.concluded(LOOK)) {
            if (!session.alive()) {
                throw new VirtException(VirtException.INVALID_CONNECTION, "the connection was lost", true);
            }
            if (System.nanoTime() - end >= 0) {
                throw new VirtException(VirtException.OPERATION_TIMEOUT, "QEMU has not finished", false);
            }
        }
    }

    private Optional<String> error(VmId vm, String job) {
        return Json.objects(guests.query(vm, "query-jobs", Link.SHORT).orThrow())
                .filter(candidate -> Json.text(candidate, "id", "").equals(job))
                .findFirst()
                .flatMap(found -> Json.text(found, "error"));
    }

    private static DriverException failed(VmId vm, String error) {
        Reason reason = new VirtException(0, error, false).reason();
        return Failures.of(reason, "save the RAM of VM " + vm + ": " + error);
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
