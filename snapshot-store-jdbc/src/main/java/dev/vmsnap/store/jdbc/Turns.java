package dev.vmsnap.store.jdbc;

import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gives the turn to write to one thread at a time, in the order in which they came. Renewals of leases pass by the queue, so
 * that no amount of other work makes one late: they wait for the thread whose turn it is and for the next one at most.
 */
final class Turns {
    private final ReentrantLock queue = new ReentrantLock(true);
    private final ReentrantLock turn = new ReentrantLock(true);

    /** Waits in the queue for a turn, also if the thread is interrupted. */
    void take(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        lock(queue, deadline, patience);
        try {
            lock(turn, deadline, patience);
        } finally {
            queue.unlock();
        }
    }

    /** Waits for a turn ahead of all that wait in the queue. */
    void takeFirst(Duration patience) {
        lock(turn, System.nanoTime() + patience.toNanos(), patience);
    }

    void end() {
        turn.unlock();
    }

    private static void lock(ReentrantLock lock, long deadline, Duration patience) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (lock.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                        return;
                    }
                    throw new StoreException(
                            Sqlite.ID, Problem.LOCKED, "other threads were writing to the store for " + patience);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
