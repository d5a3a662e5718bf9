package dev.vmsnap.kvm;

import dev.vmsnap.VmId;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Freezes and thaws through the guest's agent. */
final class AgentFreeze {
    private static final Duration THAW = Duration.ofSeconds(10);
    private static final Duration MARGIN = Duration.ofSeconds(10);

    private final Guests guests;

    AgentFreeze(Guests guests) {
        this.guests = guests;
    }

    void freeze(VmId vm, Duration deadline) {
        try {
            within(vm, "freeze", deadline, Domain::freeze);
        } catch (RuntimeException e) {
            // The agent may have frozen a part, or all of it too late to say so.
            try {
                thaw(vm);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    boolean thaw(VmId vm) {
        AtomicInteger thawed = new AtomicInteger();
        within(vm, "thaw", THAW, domain -> thawed.set(domain.thaw()));
        return thawed.get() > 0;
    }

    private void within(VmId vm, String doing, Duration deadline, java.util.function.Consumer<Domain> act) {
        int seconds = (int) Math.max(1, Math.min(Integer.MAX_VALUE, deadline.toSeconds()));
        guests.change(vm, doing, deadline.plus(MARGIN), domain -> {
            boolean limited = limit(domain, seconds);
            try {
                act.accept(domain);
            } finally {
                if (limited) {
                    limit(domain, Virt.AGENT_RESPONSE_DEFAULT);
                }
            }
        });
    }

    /** False where the driver knows no such limit, as libvirt's test driver. */
    private static boolean limit(Domain domain, int seconds) {
        try {
            domain.agentTimeout(seconds);
            return true;
        } catch (VirtException e) {
            if (e.code() == VirtException.NO_SUPPORT) {
                return false;
            }
            throw e;
        }
    }
}
