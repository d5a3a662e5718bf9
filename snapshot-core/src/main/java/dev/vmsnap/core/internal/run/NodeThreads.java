package dev.vmsnap.core.internal.run;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Provides the threads and the time for calls to nodes. Tests replace both. Thread-safe. */
public interface NodeThreads {
    /** Daemon threads that all engines of the process share; one that is idle for some seconds ends. */
    NodeThreads DAEMONS = new Daemons();

    /** Runs a call beside the caller. */
    void execute(Runnable call);

    /**
     * Runs a short task later.
     *
     * @return cancels it
     */
    Runnable schedule(Runnable task, Duration delay);

    /** Returns the time of a clock that never goes back. */
    long nanoTime();

    /** Takes the next answer, and waits for it as long as given. An interrupt does not end the wait. */
    <T> @Nullable T poll(BlockingQueue<T> answers, long nanos);

    /** The threads of a process. */
    final class Daemons implements NodeThreads {
        private static final long IDLE_SECONDS = 5;

        private final ThreadPoolExecutor calls = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                daemons("vmsnap-nodes-"));
        private final ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(1, daemons("vmsnap-node-probes-"));

        private Daemons() {
            timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
            timer.allowCoreThreadTimeOut(true);
            timer.setRemoveOnCancelPolicy(true);
        }

        private static ThreadFactory daemons(String prefix) {
            AtomicInteger count = new AtomicInteger();
            return work -> {
                Thread thread = new Thread(work, prefix + count.incrementAndGet());
                thread.setDaemon(true);
                return thread;
            };
        }

        @Override
        public void execute(Runnable call) {
            calls.execute(call);
        }

        @Override
        public Runnable schedule(Runnable task, Duration delay) {
            Future<?> scheduled = timer.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public <T> @Nullable T poll(BlockingQueue<T> answers, long nanos) {
            long end = System.nanoTime() + nanos;
            boolean interrupted = false;
            try {
                while (true) {
                    try {
                        return answers.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
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
}
