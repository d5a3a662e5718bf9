package dev.vmsnap.cli;

import dev.vmsnap.CancelledException;
import dev.vmsnap.Operation;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What Ctrl-C does: it cancels the operation that runs and waits for it to be undone, so that the process never leaves
 * in the middle of one if that can be helped. Thread-safe.
 */
final class Interruption {
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Operation<?> running;
    private boolean asked;
    private boolean touched;
    private int exitCode;

    /** Runs an operation to its end; cancelled when an interruption comes before its point of no return. */
    <T> T run(Supplier<Operation<T>> start, Output.ProgressDisplay display) {
        touch();
        try (display) {
            Operation<T> operation = start.get();
            running(operation);
            operation.onProgress(display);
            return operation.await();
        } finally {
            running(null);
        }
    }

    /** Makes a short change that cannot be cancelled. */
    <T> T change(Supplier<T> change) {
        touch();
        return change.get();
    }

    /** Tells that everything has been said and what the exit code is. */
    void ended(int code) {
        synchronized (this) {
            exitCode = code;
        }
        ended.countDown();
    }

    /**
     * Interrupts the run.
     *
     * @param patience how long to wait for what runs
     * @return what to exit with; empty when the run had ended before
     */
    OptionalInt ask(Duration patience) {
        synchronized (this) {
            if (ended.getCount() == 0) {
                return OptionalInt.empty();
            }
            asked = true;
            if (running != null) {
                running.cancel();
            }
            if (!touched) {
                return OptionalInt.of(ExitCode.UNDONE);
            }
        }
        return OptionalInt.of(awaitEnd(patience) ? exitCode() : ExitCode.REPAIR_NEEDED);
    }

    /** Tells whether anything may have been changed, so that leaving takes time. */
    synchronized boolean takesTime() {
        return touched && ended.getCount() > 0;
    }

    synchronized boolean isAsked() {
        return asked;
    }

    private synchronized void touch() {
        if (asked) {
            throw new CancelledException("Interrupted before anything was done.");
        }
        touched = true;
    }

    private synchronized void running(@Nullable Operation<?> operation) {
        running = operation;
        if (operation != null && asked) {
            operation.cancel();
        }
    }

    private synchronized int exitCode() {
        return exitCode;
    }

    private boolean awaitEnd(Duration patience) {
        try {
            return ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
