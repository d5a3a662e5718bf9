package dev.vmsnap.testkit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/** Runs what it is given only when the test says so, on the test's own thread. Thread-safe. */
public final class SteppedExecutor implements Executor {
    private final Deque<Runnable> waiting = new ArrayDeque<>();

    /** Makes one with nothing to do. */
    public SteppedExecutor() {}

    @Override
    public synchronized void execute(Runnable task) {
        waiting.add(task);
    }

    /**
     * Returns how many tasks wait.
     *
     * @return at least 0
     */
    public synchronized int waiting() {
        return waiting.size();
    }

    /**
     * Runs the task that waits the longest.
     *
     * @throws IllegalStateException if none waits
     */
    public void runNext() {
        next().run();
    }

    /** Runs tasks until none waits, those too that come meanwhile. */
    public void runAll() {
        while (waiting() > 0) {
            runNext();
        }
    }

    /** Forgets the tasks that wait, as a process does that dies. */
    public synchronized void forget() {
        waiting.clear();
    }

    private synchronized Runnable next() {
        Runnable task = waiting.poll();
        if (task == null) {
            throw new IllegalStateException("no task waits");
        }
        return task;
    }
}
