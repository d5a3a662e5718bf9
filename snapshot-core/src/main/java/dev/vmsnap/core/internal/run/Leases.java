package dev.vmsnap.core.internal.run;

import dev.vmsnap.BusyException;
import dev.vmsnap.DriverException;
import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Lease;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Acquires leases, and has the held ones renewed by a daemon thread: a step may be silent for longer than a lease lasts.
 * The thread ends when nothing is held. A lease is given to whoever has the present wiring, so that no operation begins with
 * a driver that was removed.
 */
final class Leases {
    private static final Logger LOG = LoggerFactory.getLogger(Leases.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private volatile Wiring wiring;
    private final Owner owner = new Owner();
    private final Set<String> working = ConcurrentHashMap.newKeySet();
    private final Renewals renewals;
    private final Map<String, Tenure> tenures = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor threads;
    private boolean refusing;
    private volatile boolean closed;
    private volatile boolean kept;

    Leases(Wiring wiring) {
        this.wiring = wiring;
        // One for renewals, which must not wait for what else is repeated.
        this.threads = new ScheduledThreadPoolExecutor(2, work -> {
            Thread thread = new Thread(work, "vmsnap-leases");
            thread.setDaemon(true);
            return thread;
        });
        threads.setKeepAliveTime(1, TimeUnit.SECONDS);
        threads.allowCoreThreadTimeOut(true);
        threads.setRemoveOnCancelPolicy(true);
        this.renewals = new Renewals(wiring, threads);
    }

    /** Nothing was done: the wiring was replaced, so that the verb has to begin again with the present one. */
    static final class OutdatedWiringException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OutdatedWiringException() {
            super("the wiring was replaced", null, false, false);
        }
    }

    /** From now on leases are given for another wiring alone. */
    void rewire(Wiring next) {
        wiring = next;
    }

    /**
     * Acquires the lease on a VM, waiting as long as the caller allows; not once verbs are refused.
     *
     * @throws OutdatedWiringException if the wiring is not the present one
     */
    Lease acquire(Wiring with, VmId vm, Verb verb, String operation, Duration patience) {
        long deadline = System.nanoTime() + RunningOperation.nanos(patience);
        while (true) {
            requireOpen();
            requirePresent(with);
            Lease now = ask(with, vm, verb, operation);
            if (now.operation().equals(operation)) {
                if (refuses()) {
                    release(now);
                    throw closedEngine();
                }
                return present(with, now);
            }
            if (System.nanoTime() - deadline >= 0) {
                throw new BusyException(vm, now.verb(), now.operation(), now.since());
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
            if (Thread.currentThread().isInterrupted()) {
                throw new BusyException(vm, now.verb(), now.operation(), now.since());
            }
        }
    }

    /**
     * Acquires the lease on a VM if nobody alive has it.
     *
     * @throws OutdatedWiringException if the wiring is not the present one
     */
    Optional<Lease> tryAcquire(Wiring with, VmId vm, Verb verb, String operation) {
        requirePresent(with);
        Lease now = ask(with, vm, verb, operation);
        return now.operation().equals(operation) ? Optional.of(present(with, now)) : Optional.empty();
    }

    /** Acquires the lease on another VM for an operation that goes on with the drivers that it has. */
    Optional<Lease> tryAcquireFor(Lease outer, Wiring with, VmId vm, String operation) {
        Lease now = ask(with, vm, Verb.RECOVER, operation);
        if (!now.operation().equals(operation)) {
            return Optional.empty();
        }
        tenure(now).needAs(tenure(outer));
        begin(tenure(now));
        return Optional.of(now);
    }

    /** A removal checks who holds a lease after it has replaced the wiring, so one of the two finds the other. */
    private Lease present(Wiring with, Lease lease) {
        if (!with.equals(wiring)) {
            release(lease);
            throw new OutdatedWiringException();
        }
        begin(tenure(lease));
        return lease;
    }

    private synchronized void begin(Tenure tenure) {
        tenure.begin();
        notifyAll();
    }

    private void requirePresent(Wiring with) {
        if (!with.equals(wiring)) {
            throw new OutdatedWiringException();
        }
    }

    /** States what an operation works with from now on. */
    void need(Lease lease, Tenure.DriverNames drivers) {
        tenure(lease).need(drivers);
        synchronized (this) {
            notifyAll();
        }
    }

    /** The leases under which work of that kind is done. */
    List<Lease> held(Predicate<Tenure> which) {
        return tenures.values().stream().filter(which).map(Tenure::lease).toList();
    }

    /** The right to change something that comes with a lease, until that is released. */
    Tenure tenure(Lease lease) {
        return Optional.ofNullable(tenures.get(lease.operation()))
                .orElseThrow(() ->
                        new IllegalStateException("the lease of operation " + lease.operation() + " was released"));
    }

    /** Gives a lease back; one that cannot be given back runs out. */
    void release(Lease lease) {
        Tenure tenure = tenures.get(lease.operation());
        if (tenure != null) {
            end(tenure, true);
        }
    }

    /**
     * Ends a tenure and, if the store answers, gives its lease back.
     *
     * @return whether the store still answers
     */
    private boolean end(Tenure tenure, boolean answers) {
        Lease lease = tenure.lease();
        stopRenewing(lease);
        tenure.end();
        try {
            if (answers) {
                wiring.store().release(lease);
                return true;
            }
            kept = true;
            return false;
        } catch (DriverException e) {
            kept = true;
            LOG.warn(
                    "VM {}: the lease of operation {} runs out by itself: {}",
                    lease.vm(),
                    lease.operation(),
                    e.getMessage(),
                    e);
            return !(e instanceof StoreException failed) || failed.problem() == Problem.RECORD_DAMAGED;
        } finally {
            forget(lease);
        }
    }

    /** Whether the holder of a lease gives signs of life. */
    boolean isAlive(Lease lease) {
        return lease.until().isAfter(wiring.clock().instant()) && !isAbandoned(lease);
    }

    /** Throws once the engine takes no more work. */
    void requireOpen() {
        if (refuses()) {
            throw closedEngine();
        }
    }

    /** From now on no verb gets a lease; false if that was so before. */
    synchronized boolean refuse() {
        boolean first = !refusing;
        refusing = true;
        return first;
    }

    /** Waits until no work of that kind is done, as {@link RunningOperations#awaitEnd} does, and tells whether that was so. */
    synchronized boolean awaitNone(Predicate<Tenure> which, long deadline) throws InterruptedException {
        for (long left = deadline - System.nanoTime();
                left > 0 && tenures.values().stream().anyMatch(which);
                left = deadline - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return tenures.values().stream().noneMatch(which);
    }

    /** Runs something again and again on a thread beside the one that renews leases. */
    Future<?> repeat(Duration period, Runnable work) {
        long time =
                Math.min(period.toMillis(), Math.max(1, wiring.limits().lease().toMillis() / 3));
        try {
            return threads.scheduleWithFixedDelay(work, time, time, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            throw closedEngine();
        }
    }

    /** Gives back what is held, also under work that has not ended. What cannot be given back passes to the next owner. */
    void close() {
        closed = true;
        boolean answers = true;
        for (Tenure tenure : tenures.values()) {
            answers = end(tenure, answers);
        }
        if (kept) {
            owner.retire();
        }
        working.clear();
        threads.shutdownNow();
    }

    private synchronized boolean refuses() {
        return refusing;
    }

    private static IllegalStateException closedEngine() {
        return new IllegalStateException("The engine is closed.");
    }

    private synchronized void forget(Lease lease) {
        tenures.remove(lease.operation());
        notifyAll();
    }

    private Lease ask(Wiring with, VmId vm, Verb verb, String operation) {
        if (closed) {
            throw closedEngine();
        }
        boolean ours = false;
        working.add(operation);
        Tenure.Moment asked = Tenure.now(wiring, System::nanoTime);
        try {
            Lease now = wiring.store()
                    .acquire(vm, owner.name(), verb, operation, wiring.limits().lease(), this::isAbandoned);
            ours = now.operation().equals(operation);
            if (ours) {
                Tenure tenure = new Tenure(with, now, asked, System::nanoTime);
                tenures.put(operation, tenure);
                renewals.add(tenure);
            }
            return now;
        } finally {
            if (!ours) {
                working.remove(operation);
            }
        }
    }

    /** A lease of ours that nobody works under was left by a lost answer of the store. */
    private boolean isAbandoned(Lease lease) {
        boolean left = lease.owner().equals(owner.name()) && !working.contains(lease.operation());
        return left || owner.abandoned(lease);
    }

    private void stopRenewing(Lease lease) {
        working.remove(lease.operation());
        renewals.remove(lease);
    }
}
