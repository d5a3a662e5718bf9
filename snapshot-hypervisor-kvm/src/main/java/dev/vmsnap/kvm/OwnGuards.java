package dev.vmsnap.kvm;

import dev.vmsnap.VmId;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The guards that this process has on a node, under whichever lease: a guest that is held or frozen by this process need not
 * wait for a question to the node.
 *
 * @param freezes how long the agent of a guest that is frozen, or may be, is waited for
 * @param holds the guards of guests that are held
 * @param mayBeHeldLate guests of which a hold was not answered, and may still be carried out
 */
record OwnGuards(Map<VmId, Duration> freezes, Map<VmId, Hold> holds, Set<VmId> mayBeHeldLate) {
    OwnGuards() {
        this(new ConcurrentHashMap<>(), new ConcurrentHashMap<>(), ConcurrentHashMap.newKeySet());
    }

    /**
     * The guard of a hold.
     *
     * @param id its own
     * @param earliest when it acts at the earliest, in the time of {@link System#nanoTime}
     */
    record Hold(String id, long earliest) {
        boolean surelyWaits() {
            return System.nanoTime() - earliest < 0;
        }
    }
}
