package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds and releases guests. A guard on the node releases a guest whose manager has died, was stopped, or has lost its way
 * to the node.
 */
final class GuardedHold {
    /** How long a guest may stay held after the limit, so that a manager that lives releases it first. */
    static final Duration MARGIN = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(GuardedHold.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Set<Reason> UNANSWERED = EnumSet.of(Reason.TIMEOUT, Reason.UNREACHABLE);

    private final Guests guests;
    private final GuestRelease release;
    private final NodeGuards guards;
    // Guards of this process, by when they act at the earliest: until then a held guest need not wait for a question to
    // the node.
    private final Map<VmId, Long> ours = new ConcurrentHashMap<>();
    private final Set<VmId> mayBeHeldLate = ConcurrentHashMap.newKeySet();

    GuardedHold(Guests guests, GuestRelease release, NodeGuards guards) {
        this.guests = guests;
        this.release = release;
        this.guards = guards;
    }

    void guard(VmId vm, Duration limit) {
        Duration after = limit.plus(MARGIN);
        long earliest = System.nanoTime() + after.toNanos();
        try {
            guards.arm(vm, after, PATIENCE);
            ours.put(vm, earliest);
        } catch (RuntimeException e) {
            // It may have started nevertheless, and would release what others hold.
            try {
                guards.disarm(vm);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    void hold(VmId vm) {
        mayBeHeldLate.remove(vm);
        try {
            guests.hold(vm);
        } catch (DriverException e) {
            if (UNANSWERED.contains(e.reason())) {
                mayBeHeldLate.add(vm);
            }
            throw e;
        }
    }

    /** Returns whether the guest was held until now. */
    boolean release(VmId vm) {
        Long earliest = ours.get(vm);
        boolean surelyOurs = earliest != null && System.nanoTime() - earliest < 0;
        if (!surelyOurs && guards.released(vm)) {
            // What holds it now is somebody else's.
            disarm(vm);
            return false;
        }
        boolean held = release.release(vm);
        if (!held && mayBeHeldLate.contains(vm)) {
            // A hold that was not answered may still come; then the guard ends it.
            return false;
        }
        return disarm(vm) && held;
    }

    /** Returns whether no guard has acted. */
    private boolean disarm(VmId vm) {
        ours.remove(vm);
        try {
            return guards.disarm(vm);
        } catch (RuntimeException e) {
            LOG.warn("VM {}: the guard on its node was not ended, and ends by itself", vm, e);
            return true;
        }
    }
}
