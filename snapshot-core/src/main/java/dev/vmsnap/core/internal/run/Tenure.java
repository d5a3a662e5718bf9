package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import java.util.function.LongSupplier;

/**
 * The right of an operation to change something. It ends when the lease may be over by this process's own clocks, counted
 * from before its last renewal went out. Whatever the engine changes something with comes from here, so that no call can
 * miss the check; {@link HypervisorDriver#fencedBy} repeats it at the last moment. Thread-safe.
 *
 * <p>A lease that may be over is renewed before anything is refused: a holder that nobody has passed over goes on.
 */
final class Tenure {
    private static final int MARGIN = 10;

    private final Wiring wiring;
    private final Lease lease;
    private final LongSupplier nanos;
    private final Map<String, HypervisorDriver> nodes = new ConcurrentHashMap<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger changes = new AtomicInteger();
    private volatile Moment renewed;
    private volatile boolean refusedByDriver;
    private volatile boolean over;
    private volatile boolean begun;
    private volatile Optional<DriverNames> needed = Optional.empty();

    /**
     * The drivers that an operation works with.
     *
     * @param nodes their names
     * @param storages their ids
     */
    record DriverNames(Set<String> nodes, Set<String> storages) {
        DriverNames {
            nodes = Set.copyOf(nodes);
            storages = Set.copyOf(storages);
        }
    }

    /** When a renewal went out: the monotonic clock stands still in a suspended machine, the other one may be set. */
    record Moment(long nanos, Instant wall) {
        Duration until(Moment later) {
            Duration counted = Duration.ofNanos(later.nanos - nanos);
            Duration shown = Duration.between(wall, later.wall);
            return counted.compareTo(shown) > 0 ? counted : shown;
        }
    }

    /**
     * Begins one.
     *
     * @param asked when the store was asked for the lease
     * @param nanos a monotonic clock
     */
    Tenure(Wiring wiring, Lease lease, Moment asked, LongSupplier nanos) {
        this.wiring = wiring;
        this.lease = lease;
        this.renewed = asked;
        this.nanos = nanos;
    }

    static Moment now(Wiring wiring, LongSupplier nanos) {
        return new Moment(nanos.getAsLong(), wiring.clock().instant());
    }

    Lease lease() {
        return lease;
    }

    /** The operation goes on under its lease, and does not begin again with another wiring. */
    void begin() {
        begun = true;
    }

    boolean hasBegun() {
        return begun;
    }

    /** States what the operation works with from now on; until then it may use each driver of its wiring. */
    void need(DriverNames drivers) {
        needed = Optional.of(drivers);
    }

    /** States that it works with what another one works with. */
    void needAs(Tenure other) {
        needed = other.needed;
    }

    /** Whether the operation uses a node; another driver of the same name is another node. */
    boolean uses(String name, HypervisorDriver driver) {
        return wiring.nodes().get(name) == driver
                && needed.map(only -> only.nodes().contains(name)).orElse(true);
    }

    /** Whether the operation uses a storage. */
    boolean uses(StorageDriver driver) {
        return wiring.storages().get(driver.id()) == driver
                && needed.map(only -> only.storages().contains(driver.id())).orElse(true);
    }

    /** A node, for a call that may change something. */
    HypervisorDriver node(String name) {
        remaining();
        calls.incrementAndGet();
        return fenced(name);
    }

    /**
     * A node, for letting its guest go. That a store is silent must not keep a guest held or frozen, so only another holder
     * prevents it.
     */
    HypervisorDriver nodeToLetGo(String name) {
        try {
            return node(name);
        } catch (DriverException e) {
            if (over) {
                throw e;
            }
            return wiring.node(name);
        }
    }

    /** A storage, for a call that may change something. */
    StorageDriver storage(String id) {
        remaining();
        return wiring.storage(id);
    }

    /** The context of a call that may change something. */
    Call call(VmDescription vm, HypervisorDriver node, DoubleConsumer progress, BooleanSupplier cancelled) {
        remaining();
        calls.incrementAndGet();
        return new Call(vm, node, lease.epoch(), wiring.store().id(), progress, cancelled, this::remainingForDriver);
    }

    /** The same without anybody who follows its progress or cancels it. */
    Call call(VmDescription vm, String node) {
        return call(vm, fenced(node), fraction -> {}, () -> false);
    }

    /** Renews the lease. */
    void renew() {
        Moment before = now(wiring, nanos);
        try {
            wiring.store().renew(lease, wiring.limits().lease());
        } catch (DriverException e) {
            endsWith(e);
            throw e;
        }
        renewed(before);
    }

    /** Notes that the lease was renewed by a call that went out at a moment. */
    void renewed(Moment asked) {
        if (renewed.until(asked).compareTo(Duration.ZERO) > 0) {
            renewed = asked;
        }
    }

    /** Notes that the lease was not renewed; true if another holder has it, or it was given back. */
    boolean endsWith(DriverException failure) {
        boolean lost = failure.reason() == Reason.LEASE_LOST;
        over |= lost;
        return lost;
    }

    /** Ends it: the lease is given back, and a call that comes late is refused. */
    void end() {
        over = true;
    }

    /** Whether another process has the lease by now; asks the store if that may be. */
    boolean isOver() {
        try {
            remaining();
            return false;
        } catch (DriverException e) {
            return over;
        }
    }

    /** A step begins. */
    void stepBegins() {
        calls.set(0);
        changes.set(0);
        refusedByDriver = false;
    }

    /** Whether anything that belongs to the present step may have been changed. */
    boolean mayHaveChanged() {
        return refusedByDriver ? changes.get() > 0 : calls.get() > 0;
    }

    /** Returns for how long the lease is certainly held; longer than zero. */
    private Duration remaining() {
        Duration left = left();
        if (!over && isNone(left)) {
            try {
                renew();
            } catch (DriverException e) {
                throw refused(Optional.of(e));
            }
            left = left();
        }
        if (over || isNone(left)) {
            throw refused(Optional.empty());
        }
        return left;
    }

    private Duration remainingForDriver() {
        try {
            Duration left = remaining();
            changes.incrementAndGet();
            return left;
        } catch (DriverException e) {
            refusedByDriver = true;
            throw e;
        }
    }

    private Duration left() {
        Duration time = wiring.limits().lease();
        return time.minus(time.dividedBy(MARGIN)).minus(renewed.until(now(wiring, nanos)));
    }

    private static boolean isNone(Duration left) {
        return left.isNegative() || left.isZero();
    }

    private HypervisorDriver fenced(String name) {
        return nodes.computeIfAbsent(name, n -> wiring.node(n).fencedBy(this::remainingForDriver));
    }

    private DriverException refused(Optional<DriverException> cause) {
        String why = over
                ? "Another process has taken over VM " + lease.vm() + ", or the operation has ended."
                : "The lease on VM " + lease.vm() + " may be over, and the store did not renew it"
                        + cause.map(e -> ": " + e.getMessage()).orElse(".");
        return new DriverException("core", Reason.LEASE_LOST, why, cause.orElse(null));
    }
}
