package dev.vmsnap.core.internal.run;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.Operation;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.StillRunningException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one implementation of {@link Operation}. It is prepared by the thread that called the verb, waits for the executor,
 * runs, and ends once; no listener is called while its lock is held.
 */
final class RunningOperation<T> implements Operation<T> {
    /** The progress of one whose first step has not begun. */
    static final Progress WAITING = new Progress("WAITING", "", "waiting", 0);

    private final String id;
    private final Consumer<RunningOperation<?>> ended;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final List<ProgressListener> listeners = new ArrayList<>();
    private State state = State.PREPARING;
    private WeakReference<Runnable> task = new WeakReference<>(null);
    private Runnable abandon = () -> {};
    private @Nullable Thread worker;
    private volatile boolean cancelled;
    private Progress latest = WAITING;

    private enum State {
        /** The caller's thread works on it, and the executor has not got it. */
        PREPARING,
        /** The executor has its task. */
        QUEUED,
        /** A thread does its work. */
        RUNNING,
        /** The result is known. */
        ENDED
    }

    /**
     * Makes one that is being prepared.
     *
     * @param ended is called once its result is known
     */
    RunningOperation(String id, Consumer<RunningOperation<?>> ended) {
        this.id = id;
        this.ended = ended;
    }

    /**
     * Makes it ready for the executor. Only the executor keeps the task: if nothing refers to it any more, it was dropped.
     *
     * @param next the task, which calls {@link #run}
     * @param giveBack gives back everything that was prepared, if the task never runs
     */
    void queue(Runnable next, Runnable giveBack) {
        synchronized (this) {
            state = State.QUEUED;
            task = new WeakReference<>(next);
            abandon = giveBack;
        }
        if (cancelled) {
            cancel();
        }
    }

    /** Does the work and ends the operation with its outcome; does nothing if the operation has ended. */
    void run(Supplier<T> work) {
        synchronized (this) {
            if (state != State.QUEUED) {
                return;
            }
            state = State.RUNNING;
            worker = Thread.currentThread();
        }
        try {
            end(work.get(), null);
        } catch (RuntimeException e) {
            end(null, e);
        } catch (Error e) {
            end(null, e);
            throw e;
        }
    }

    /** Ends it with a failure whatever runs; the first end counts. */
    void end(SnapshotException failure) {
        end(null, failure);
    }

    private void end(@Nullable T value, @Nullable Throwable failure) {
        synchronized (this) {
            state = State.ENDED;
            worker = null;
            abandon = () -> {};
        }
        if (failure == null) {
            result.complete(value);
        } else {
            result.completeExceptionally(failure);
        }
        ended.accept(this);
    }

    /** Ends it if it has not begun. */
    private boolean endBeforeItBegins(String why) {
        Runnable giveBack;
        synchronized (this) {
            if (state != State.QUEUED) {
                return false;
            }
            state = State.ENDED;
            giveBack = abandon;
        }
        CancelledException end = new CancelledException(why);
        try {
            giveBack.run();
        } catch (RuntimeException e) {
            // Nothing was begun: an entry that stays open is closed by the next verb on the VM.
            end.addSuppressed(e);
        }
        end(end);
        return true;
    }

    /** Ends it if the executor can no longer run its task. */
    void endIfDropped(boolean executorHasEnded) {
        boolean dropped;
        synchronized (this) {
            dropped = state == State.QUEUED && (executorHasEnded || task.refersTo(null));
        }
        if (dropped) {
            endBeforeItBegins("The host's executor dropped operation " + id + " before it began; nothing was done.");
        }
    }

    boolean isCancelled() {
        return cancelled;
    }

    /** Whether the present thread does its work, so that it cannot end while that thread waits. */
    synchronized boolean isOnThisThread() {
        return worker == Thread.currentThread();
    }

    void progress(Progress next) {
        List<ProgressListener> told;
        synchronized (this) {
            latest = next.fraction() < latest.fraction()
                    ? new Progress(next.code(), next.subject(), next.step(), latest.fraction())
                    : next;
            listeners.forEach(listener -> listener.next(latest));
            told = List.copyOf(listeners);
        }
        told.forEach(ProgressListener::deliver);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public T await() {
        requireAnotherThread();
        try {
            return result.get();
        } catch (ExecutionException e) {
            throw rethrown(e);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    @Override
    public T await(Duration timeout) {
        requireAnotherThread();
        try {
            return result.get(nanos(timeout), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw rethrown(e);
        } catch (TimeoutException e) {
            throw new StillRunningException(
                    id, "Operation " + id + " has not ended within " + timeout + "; it goes on.");
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private StillRunningException interrupted() {
        Thread.currentThread().interrupt();
        return new StillRunningException(id, "The wait for operation " + id + " was interrupted; it goes on.");
    }

    private void requireAnotherThread() {
        if (!result.isDone() && isOnThisThread()) {
            throw new IllegalStateException("Operation " + id + " cannot wait for itself.");
        }
    }

    /** A duration in nanoseconds, of which the clock can bear two. */
    static long nanos(Duration time) {
        try {
            return Math.min(time.toNanos(), Long.MAX_VALUE / 2);
        } catch (ArithmeticException longerThanAnyLife) {
            return Long.MAX_VALUE / 2;
        }
    }

    @Override
    public boolean isDone() {
        return result.isDone();
    }

    @Override
    public synchronized Progress progress() {
        return latest;
    }

    @Override
    public void onProgress(Consumer<Progress> listener) {
        ProgressListener added = new ProgressListener(listener);
        synchronized (this) {
            added.next(latest);
            listeners.add(added);
        }
        added.deliver();
    }

    @Override
    public void cancel() {
        cancelled = true;
        endBeforeItBegins("Operation " + id + " was cancelled before it began; nothing was done.");
    }

    @Override
    public CompletionStage<T> toCompletionStage() {
        return result.minimalCompletionStage();
    }

    private static RuntimeException rethrown(ExecutionException outcome) {
        Throwable cause = outcome.getCause() == null ? outcome : outcome.getCause();
        if (cause instanceof Error error) {
            throw error;
        }
        if (cause instanceof SnapshotException known) {
            return known;
        }
        return new DriverException("core", DriverException.Reason.BROKEN, String.valueOf(cause), cause);
    }
}
