package dev.vmsnap.core.internal.run;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets a guest go that was held for too long, whatever the operation that holds it is waiting for. */
final class HoldGuard {
    private static final Logger LOG = LoggerFactory.getLogger(HoldGuard.class);

    private final Duration deadline;
    private final Runnable letGo;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread watcher = new Thread(this::watch, "vmsnap-hold");
    private volatile boolean fired;

    private HoldGuard(Duration deadline, Runnable letGo) {
        this.deadline = deadline;
        this.letGo = letGo;
    }

    /** Begins to watch. */
    static HoldGuard over(Duration deadline, Runnable letGo) {
        HoldGuard guard = new HoldGuard(deadline, letGo);
        guard.watcher.setDaemon(true);
        guard.watcher.start();
        return guard;
    }

    /** Ends the watch; true when the guest had to be let go. What is being done about it is waited for. */
    boolean end() {
        over.countDown();
        boolean interrupted = false;
        while (true) {
            try {
                watcher.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return fired;
    }

    private void watch() {
        try {
            if (over.await(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
            fired = true;
            letGo.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // The operation itself tries again when it comes to its end.
            LOG.warn("A guest that was held for {} could not be let go: {}", deadline, e.getMessage(), e);
        }
    }
}
