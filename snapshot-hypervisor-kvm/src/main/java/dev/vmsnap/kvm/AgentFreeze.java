package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Freezes and thaws through the guest's agent. Before anything is frozen a guard is started on the node, and it stays until
 * the agent has said that the guest is thawed: what becomes of this process, or of the way to the node, does not matter.
 */
final class AgentFreeze {
    /** How long a guest may stay frozen after the deadline for freezing it. */
    static final Duration MARGIN = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(AgentFreeze.class);
    private static final Duration THAW = Duration.ofSeconds(10);
    private static final Duration THAW_BESIDE_THE_NODE = Duration.ofSeconds(2);

    private final GuestAgent agent;
    private final NodeGuards guards;
    private final Map<VmId, Duration> ours;

    AgentFreeze(GuestAgent agent, NodeGuards guards, OwnGuards own) {
        this.agent = agent;
        this.guards = guards;
        this.ours = own.freezes();
    }

    void freeze(VmId vm, Duration deadline) {
        long end = System.nanoTime() + deadline.toNanos();
        // An agent that does not answer this has not been told to freeze anything, and needs no guard.
        if (agent.isFrozen(vm, left(end))) {
            throw frozenByOthers(vm);
        }
        arm(vm, deadline.plus(MARGIN), left(end));
        OptionalLong frozen;
        try {
            frozen = agent.freeze(vm, left(end));
            if (frozen.isPresent() && frozen.getAsLong() == 0) {
                throw Failures.broken("the agent of VM " + vm + " has found no file system that can be frozen");
            }
        } catch (RuntimeException e) {
            settle(vm, left(end), e);
            throw e;
        }
        if (frozen.isEmpty()) {
            disarm(vm);
            throw frozenByOthers(vm);
        }
    }

    boolean thaw(VmId vm) {
        // Without a guard nothing of ours is frozen, whichever process has frozen it.
        if (!ours.containsKey(vm) && !guards.any(vm)) {
            return false;
        }
        try {
            return thawed(vm, ours.getOrDefault(vm, THAW));
        } catch (RuntimeException e) {
            if (guards.any(vm)) {
                throw e;
            }
            ours.remove(vm);
            LOG.debug("VM {}: the agent does not answer, but the node has thawed the guest before", vm, e);
            return false;
        }
    }

    private void arm(VmId vm, Duration after, Duration patience) {
        try {
            guards.arm(vm, after, patience, List.of());
            ours.put(vm, THAW);
        } catch (RuntimeException e) {
            // It may have started nevertheless, and would thaw what others freeze.
            try {
                guards.disarm(vm);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    private boolean thawed(VmId vm, Duration limit) {
        boolean was = agent.thaw(vm, limit) > 0;
        disarm(vm);
        return was;
    }

    private void disarm(VmId vm) {
        ours.remove(vm);
        try {
            guards.disarm(vm);
        } catch (RuntimeException e) {
            LOG.warn(
                    "VM {}: the guard on its node is not told that it is not needed, and will thaw once more: {}",
                    vm,
                    e.getMessage(),
                    e);
        }
    }

    /** After a failure the agent may have frozen a part, or it does so when nobody waits for it any more. */
    private void settle(VmId vm, Duration left, RuntimeException failure) {
        if (!left.isZero()) {
            try {
                thawed(vm, left);
                return;
            } catch (RuntimeException e) {
                failure.addSuppressed(e);
            }
        }
        try {
            guards.hasten(vm);
            ours.replace(vm, THAW_BESIDE_THE_NODE);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private static RuntimeException frozenByOthers(VmId vm) {
        return Failures.of(Reason.IN_USE, "somebody else has frozen VM " + vm);
    }

    private static Duration left(long end) {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }
}
