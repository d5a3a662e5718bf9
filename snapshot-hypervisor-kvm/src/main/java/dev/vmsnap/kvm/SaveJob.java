package dev.vmsnap.kvm;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.DriverCall;
import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One save of RAM that libvirt works on: followed by questions from outside, given up when it is cancelled and when its
 * target takes nothing any more.
 */
final class SaveJob {
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration BEGINNING = Duration.ofSeconds(5);
    private static final Duration STALLED = Duration.ofSeconds(30);
    private static final Duration GIVING_UP = Duration.ofSeconds(10);

    private final Link link;
    private final Guests guests;
    private final VmId vm;
    private final DriverCall call;
    private final long begun = System.nanoTime();

    private volatile @Nullable JobWatch watch;
    private @Nullable Future<DomainJob> question;
    private long processed;
    private long moved = begun;
    private boolean givenUp;

    SaveJob(Link link, Guests guests, VmId vm, DriverCall call) {
        this.link = link;
        this.guests = guests;
        this.vm = vm;
        this.call = call;
    }

    /** Runs it to its end. However this ends, libvirt has at least been told to give up what is not done. */
    void run(String snapshotXml, Duration limit) {
        Future<Boolean> writing = Workers.submit(() -> write(snapshotXml, limit));
        try {
            follow(writing);
        } catch (RuntimeException e) {
            if (!givenUp && (!writing.isDone() || isTimeout(e))) {
                DriverException failure = giveUp(writing);
                if (failure != null) {
                    e.addSuppressed(failure);
                }
            }
            throw e;
        }
    }

    private void follow(Future<Boolean> writing) {
        while (!Workers.ended(writing, LOOK)) {
            if (!canBeAsked()) {
                continue;
            }
            if (call.cancelled()) {
                throw cancelled(writing);
            }
            look();
            if (System.nanoTime() - moved >= STALLED.toNanos()) {
                throw stalled(writing);
            }
        }
        Workers.await(doing(), Link.SHORT, writing);
    }

    private static boolean isTimeout(RuntimeException e) {
        return e instanceof DriverException failure && failure.reason() == Reason.TIMEOUT;
    }

    private Boolean write(String snapshotXml, Duration limit) {
        Link.Touched touched = guests.touched();
        return link.call(doing(), limit, touched, session -> {
            try (Domain domain = Domain.of(session, vm, touched);
                    JobWatch own = JobWatch.on(session.number(), vm, "")) {
                watch = own;
                domain.snapshot(snapshotXml, Virt.SNAPSHOT_NO_METADATA);
                return Boolean.TRUE;
            }
        });
    }

    /** In the first moments libvirt lets every question and every order wait for the end of the save. */
    private boolean canBeAsked() {
        JobWatch own = watch;
        return (own != null && own.migrating()) || System.nanoTime() - begun >= BEGINNING.toNanos();
    }

    private void look() {
        if (question == null) {
            question = Workers.submit(() -> guests.ask(vm, "look at the save of the RAM of", Domain::job));
        }
        if (!question.isDone()) {
            return;
        }
        Future<DomainJob> answered = question;
        question = null;
        try {
            DomainJob job = Workers.await(doing(), LOOK, answered);
            // QEMU is done when nothing is left, and libvirt flushes: that takes as long as it takes.
            if (job.processed() != processed || job.remaining() == 0) {
                processed = job.processed();
                moved = System.nanoTime();
            }
            call.report(job.fraction());
        } catch (DriverException unanswered) {
            // Whoever does not answer does not move either.
            return;
        }
    }

    private RuntimeException cancelled(Future<Boolean> writing) {
        DriverException failure = giveUp(writing);
        return failure == null ? new CancelledException("the save of the RAM of VM " + vm + " was cancelled") : failure;
    }

    private DriverException stalled(Future<Boolean> writing) {
        DriverException failure = giveUp(writing);
        String message = doing() + ": the target took nothing for " + STALLED.toSeconds() + " s";
        DriverException stalled = Failures.of(Reason.TIMEOUT, message);
        if (failure != null) {
            stalled.addSuppressed(failure);
        }
        return stalled;
    }

    /** Ends it; what stands against that is returned. */
    private @Nullable DriverException giveUp(Future<Boolean> writing) {
        givenUp = true;
        try {
            guests.change(vm, "give up the save of the RAM of", Domain::abortJob);
        } catch (DriverException e) {
            return e;
        }
        if (!Workers.ended(writing, GIVING_UP)) {
            return Failures.of(Reason.TIMEOUT, doing() + " was given up, but the target does not answer");
        }
        try {
            Workers.await(doing(), Link.SHORT, writing);
            return null;
        } catch (DriverException e) {
            // That it was aborted is what was wanted; that nobody knows is not.
            return e.reason() == Reason.UNREACHABLE ? e : null;
        }
    }

    private String doing() {
        return "save the RAM of VM " + vm;
    }
}
