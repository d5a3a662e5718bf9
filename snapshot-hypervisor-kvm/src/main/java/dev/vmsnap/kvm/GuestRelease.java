package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets a held guest go on, also while libvirt still works on a save of its RAM that nobody waits for any more: that is
 * given up, and if its target hangs, QEMU is told past libvirt, which would wait for the target first.
 */
final class GuestRelease {
    // QEMU gives up at once; what takes longer is a target that does not take what was written before.
    private static final Duration GIVING_UP = Duration.ofSeconds(10);
    private static final Duration SETTLING = Duration.ofSeconds(5);
    private static final Duration LOOK = Duration.ofMillis(50);
    private static final int QUESTIONS = 3;

    private final Guests guests;
    private final Listening listening;

    GuestRelease(Guests guests, Listening listening) {
        this.guests = guests;
        this.listening = listening;
    }

    /** Returns whether it was held until now. */
    boolean release(VmId vm) {
        boolean held = guests.power(vm) == PowerState.PAUSED;
        if (held && !saveEnded(vm)) {
            goOnPastLibvirt(vm);
        } else {
            guests.release(vm);
        }
        if (held) {
            listening.heal(vm);
        }
        return held;
    }

    /** Gives a save up, if there is one; false when it does not end. */
    private boolean saveEnded(VmId vm) {
        long end = System.nanoTime() + GIVING_UP.toNanos();
        while (job(vm).savesRam()) {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            guests.change(vm, "give up the save of the RAM of", Domain::abortJob);
            LockSupport.parkNanos(LOOK.toNanos());
        }
        return true;
    }

    /** Asks again when the save was in its first moments, in which libvirt lets questions wait for its end. */
    private DomainJob job(VmId vm) {
        for (int question = 1; ; question++) {
            try {
                return guests.ask(vm, "look what libvirt does with", Domain::job);
            } catch (DriverException e) {
                if (e.reason() != Reason.TIMEOUT || question == QUESTIONS) {
                    throw e;
                }
            }
        }
    }

    private void goOnPastLibvirt(VmId vm) {
        guests.monitor(vm, Qmp.Command.of("cont"), Link.SHORT).orThrow();
        long end = System.nanoTime() + SETTLING.toNanos();
        while (guests.power(vm) != PowerState.RUNNING) {
            if (System.nanoTime() - end >= 0) {
                throw Failures.broken("QEMU was told to let VM " + vm + " go on, but it does not run");
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }
}
