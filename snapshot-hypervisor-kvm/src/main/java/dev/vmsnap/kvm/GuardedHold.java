package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds and releases guests. A guard on the node releases a guest whose manager has died, was stopped, or has lost its way
 * to the node.
 */
final class GuardedHold {
    /** The time for which a guest may stay held after the limit, so that a manager that lives releases it first. */
    static final Duration MARGIN = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(GuardedHold.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Set<Reason> UNANSWERED = EnumSet.of(Reason.TIMEOUT, Reason.UNREACHABLE);

    private final Guests guests;
    private final GuestRelease release;
    private final NodeGuards guards;
    private final OwnGuards own;

    GuardedHold(Guests guests, GuestRelease release, NodeGuards guards, OwnGuards own) {
        this.guests = guests;
        this.release = release;
        this.guards = guards;
        this.own = own;
    }

    void guard(VmId vm, Duration limit) {
        guard(vm, limit, List.of());
    }

    /** Has QEMU do something before the node releases the guest. */
    void guard(VmId vm, Duration limit, List<Qmp.Command> before) {
        Duration after = limit.plus(MARGIN);
        long earliest = System.nanoTime() + after.toNanos();
        try {
            own.holds().put(vm, new OwnGuards.Hold(guards.arm(vm, after, PATIENCE, before), earliest));
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
        own.mayBeHeldLate().remove(vm);
        try {
            guests.hold(vm);
        } catch (DriverException e) {
            if (UNANSWERED.contains(e.reason())) {
                own.mayBeHeldLate().add(vm);
            }
            throw e;
        }
    }

    /** Returns whether the guest was held until now. */
    boolean release(VmId vm) {
        OwnGuards.Hold guard = own.holds().get(vm);
        if (isSomebodyElses(vm, guard)) {
            own.holds().remove(vm);
            ended(vm, guard);
            return false;
        }
        boolean held = release.release(vm);
        if (!held && own.mayBeHeldLate().contains(vm)) {
            // A hold that was not answered may still come; then the guard ends it.
            return false;
        }
        own.holds().remove(vm);
        return ended(vm, guard) && held;
    }

    /** Whether what holds the guest now, if anything, is not the hold that is to end. */
    private boolean isSomebodyElses(VmId vm, OwnGuards.@Nullable Hold guard) {
        if (guard == null) {
            return guards.released(vm);
        }
        return !guard.surelyWaits() && !guards.waits(vm, guard.id());
    }

    /** Ends the guard; returns false if it has acted. */
    private boolean ended(VmId vm, OwnGuards.@Nullable Hold guard) {
        try {
            if (guard != null) {
                return guards.disarm(vm, guard.id());
            }
            guards.disarm(vm);
        } catch (RuntimeException e) {
            LOG.warn("VM {}: the guard on its node was not ended, and ends by itself", vm, e);
        }
        return true;
    }
}
