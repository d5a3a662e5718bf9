package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Threads for calls that may never come back. Nobody waits for such a call longer than its limit; the thread then stays
 * behind, as a daemon, until the call returns.
 */
final class Workers {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "vmsnap-kvm-" + COUNT.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    });

    private Workers() {}

    static void start(Runnable task) {
        THREADS.execute(task);
    }

    static <T> Future<T> submit(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        THREADS.execute(future);
        return future;
    }

    /** Runs a task and waits for it, at most as long as given, whether or not somebody interrupts. */
    static <T> T call(String doing, Duration limit, Callable<T> task) {
        return await(doing, limit, submit(task));
    }

    /** Waits until a task has ended, however, at most as long as given. */
    static boolean ended(Future<?> task, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                    return true;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    return false;
                } catch (ExecutionException e) {
                    return true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits for a task, at most as long as given, whether or not somebody interrupts. */
    static <T> T await(String doing, Duration limit, Future<T> task) {
        long end = System.nanoTime() + limit.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    throw Failures.of(Reason.TIMEOUT, doing + ": no answer within " + limit.toSeconds() + " s", e);
                } catch (ExecutionException e) {
                    throw rethrown(doing, e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException rethrown(String doing, @Nullable Throwable cause) {
        if (cause instanceof RuntimeException known) {
            return known;
        }
        if (cause instanceof LinkageError library) {
            return Failures.library(library);
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return Failures.of(Reason.BROKEN, doing + ": " + cause, cause);
    }
}
