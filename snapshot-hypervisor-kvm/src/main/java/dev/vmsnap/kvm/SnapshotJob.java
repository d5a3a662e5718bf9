package dev.vmsnap.kvm;

import com.google.gson.JsonObject;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import java.time.Duration;
import java.util.Optional;

/** A job of QEMU's that saves RAM into images or loads it from them; QEMU may answer nobody until it has ended. */
final class SnapshotJob {
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final String JOBS = "query-jobs";

    private final Link link;
    private final Guests guests;

    SnapshotJob(Link link, Guests guests) {
        this.link = link;
        this.guests = guests;
    }

    /**
     * Has QEMU do a job to its end.
     *
     * @param doing in words, for messages
     * @param command what begins the job
     * @param job its name
     * @return how long QEMU held the guest for it
     */
    Duration run(VmId vm, String doing, Qmp.Command command, String job, Duration limit) {
        Link.Touched touched = guests.touched();
        Duration held = link.call(doing + " VM " + vm, limit.plus(Link.SHORT), touched, session -> {
            try (Domain domain = Domain.of(session, vm, touched);
                    JobWatch watch = JobWatch.on(session.number(), vm, job)) {
                Qmp.Reply.parse(command.name(), domain.monitor(command.json())).orThrow();
                await(session, watch, limit);
                return watch.held();
            }
        });
        conclude(vm, doing, job);
        return held;
    }

    /**
     * Waits for the end of a job whose answer was lost.
     *
     * @return true if QEMU has done it; false if QEMU has no such job
     * @throws DriverException if the job failed, or does not end within the limit
     */
    boolean ends(VmId vm, String doing, String job, Duration limit) {
        boolean known = link.ask(doing + " VM " + vm, limit, session -> {
            try (Domain domain = Domain.of(session, vm, guests.touched());
                    JobWatch watch = JobWatch.on(session.number(), vm, job)) {
                Optional<JsonObject> found = find(
                        Qmp.Reply.parse(JOBS, domain.query(Qmp.Command.of(JOBS).json())), job);
                if (found.isPresent() && !Json.text(found.get(), "status", "").equals("concluded")) {
                    await(session, watch, limit);
                }
                return found.isPresent();
            }
        });
        if (known) {
            conclude(vm, doing, job);
        }
        return known;
    }

    private void conclude(VmId vm, String doing, String job) {
        Optional<String> error =
                find(guests.query(vm, JOBS, Link.SHORT), job).flatMap(found -> Json.text(found, "error"));
        guests.monitor(vm, Qmp.dismiss(job), Link.SHORT);
        if (error.isPresent()) {
            throw failed(doing + " VM " + vm, error.get());
        }
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

    private static Optional<JsonObject> find(Qmp.Reply jobs, String job) {
        return Json.objects(jobs.orThrow())
                .filter(candidate -> Json.text(candidate, "id", "").equals(job))
                .findFirst();
    }

    private static DriverException failed(String doing, String error) {
        Reason reason = new VirtException(0, error, false).reason();
        return Failures.of(reason, doing + ": " + error);
    }
}
