package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.spi.Lease;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews the leases of an engine while there are any: all of them in one call to the store, so that a store that needs its
 * time for each write needs it once. A round begins a third of a lease after the one before began, or much sooner if that
 * failed. Thread-safe.
 */
final class Renewals {
    private static final Logger LOG = LoggerFactory.getLogger(Renewals.class);

    private final Wiring wiring;
    private final ScheduledExecutorService threads;
    private final Map<String, Tenure> held = new ConcurrentHashMap<>();
    private @Nullable Rounds rounds;

    /**
     * Begins none.
     *
     * @param threads runs the rounds; has a thread for them at any time
     */
    Renewals(Wiring wiring, ScheduledExecutorService threads) {
        this.wiring = wiring;
        this.threads = threads;
    }

    /** Renews a lease from now on. */
    synchronized void add(Tenure tenure) {
        held.put(tenure.lease().operation(), tenure);
        if (rounds == null) {
            rounds = new Rounds();
            rounds.after(period());
        }
    }

    /** Renews a lease no longer. */
    synchronized void remove(Lease lease) {
        held.remove(lease.operation());
        if (held.isEmpty() && rounds != null) {
            rounds.end();
            rounds = null;
        }
    }

    /** The rounds from the first lease to the last. */
    private final class Rounds implements Runnable {
        private @Nullable Future<?> next;

        @Override
        public void run() {
            long began = System.nanoTime();
            try {
                Duration interval = renewAll() ? period() : period().dividedBy(10);
                after(interval.minusNanos(System.nanoTime() - began));
            } catch (Error dying) {
                forget(this);
                throw dying;
            }
        }

        void after(Duration delay) {
            synchronized (Renewals.this) {
                if (rounds == this) {
                    try {
                        next = threads.schedule(this, delay.toNanos(), TimeUnit.NANOSECONDS);
                    } catch (RejectedExecutionException closed) {
                        // The engine gives its leases back.
                        forget(this);
                    }
                }
            }
        }

        void end() {
            if (next != null) {
                next.cancel(false);
            }
        }
    }

    /** Has the next lease begin rounds of its own. */
    private synchronized void forget(Rounds ended) {
        if (rounds == ended) {
            rounds = null;
        }
    }

    /** Renews all leases; false if the store as a whole did not. */
    private boolean renewAll() {
        List<Tenure> tenures = List.copyOf(held.values());
        Tenure.Moment asked = Tenure.now(wiring, System::nanoTime);
        try {
            Map<Lease, DriverException> failures = wiring.store()
                    .renewAll(
                            tenures.stream().map(Tenure::lease).toList(),
                            wiring.limits().lease());
            tenures.forEach(tenure -> accept(tenure, asked, failures.get(tenure.lease())));
            return true;
        } catch (RuntimeException failed) {
            LOG.warn("{} leases were not renewed: {}", tenures.size(), failed.getMessage(), failed);
            return false;
        }
    }

    private void accept(Tenure tenure, Tenure.Moment asked, @Nullable DriverException failure) {
        if (failure == null) {
            tenure.renewed(asked);
            return;
        }
        Lease lease = tenure.lease();
        if (held.containsKey(lease.operation())) {
            LOG.warn(
                    "VM {}: the lease of operation {} was not renewed: {}",
                    lease.vm(),
                    lease.operation(),
                    failure.getMessage(),
                    failure);
        }
        if (tenure.endsWith(failure)) {
            remove(lease);
        }
    }

    private Duration period() {
        return wiring.limits().lease().dividedBy(3);
    }
}
