package dev.vmsnap.core.internal.run;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.Operation;
import dev.vmsnap.SnapshotException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one implementation of {@link Operation}. */
final class RunningOperation<T> implements Operation<T> {
    private static final Logger LOG = LoggerFactory.getLogger(RunningOperation.class);

    private final String id;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final List<Consumer<Progress>> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean cancelled;
    private volatile Progress latest = new Progress("waiting", 0);

    RunningOperation(String id) {
        this.id = id;
    }

    /** Does the work and ends the operation with its outcome. */
    void run(Supplier<T> work) {
        try {
            result.complete(work.get());
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
        } catch (Error e) {
            result.completeExceptionally(e);
            throw e;
        }
    }

    boolean isCancelled() {
        return cancelled;
    }

    synchronized void progress(Progress next) {
        Progress forward = next.fraction() < latest.fraction() ? new Progress(next.step(), latest.fraction()) : next;
        latest = forward;
        listeners.forEach(l -> tell(l, forward));
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public T await() {
        try {
            return result.get();
        } catch (ExecutionException e) {
            throw rethrown(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("Interrupted while waiting; operation " + id + " goes on.");
        }
    }

    @Override
    public T await(Duration timeout) {
        try {
            return result.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw rethrown(e);
        } catch (TimeoutException e) {
            throw new DriverException(
                    "core",
                    DriverException.Reason.TIMEOUT,
                    "Operation " + id + " has not ended within " + timeout + "; it goes on.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("Interrupted while waiting; operation " + id + " goes on.");
        }
    }

    @Override
    public boolean isDone() {
        return result.isDone();
    }

    @Override
    public Progress progress() {
        return latest;
    }

    @Override
    public synchronized void onProgress(Consumer<Progress> listener) {
        tell(listener, latest);
        listeners.add(listener);
    }

    @Override
    public void cancel() {
        cancelled = true;
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

    private static void tell(Consumer<Progress> listener, Progress progress) {
        try {
            listener.accept(progress);
        } catch (RuntimeException e) {
            LOG.warn("A progress listener failed", e);
        }
    }
}
