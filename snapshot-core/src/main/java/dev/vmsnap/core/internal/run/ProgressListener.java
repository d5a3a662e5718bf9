package dev.vmsnap.core.internal.run;

import dev.vmsnap.Operation.Progress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listener of an operation. It is called by one thread at a time, in order, and while no lock is held; what comes
 * while it is called is delivered by the thread that calls it, the newest only.
 */
final class ProgressListener {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressListener.class);

    private final Consumer<Progress> listener;
    private @Nullable Progress next;
    private boolean delivering;

    ProgressListener(Consumer<Progress> listener) {
        this.listener = listener;
    }

    /** Sets what is to be delivered next. */
    synchronized void next(Progress progress) {
        next = progress;
    }

    /** Calls the listener, unless a thread is inside it, which then goes on with what is next. */
    void deliver() {
        synchronized (this) {
            if (delivering) {
                return;
            }
            delivering = true;
        }
        for (Progress now = take(); now != null; now = take()) {
            try {
                listener.accept(now);
            } catch (RuntimeException | Error e) {
                LOG.warn("A progress listener failed: {}", e.toString(), e);
            }
        }
    }

    private synchronized @Nullable Progress take() {
        Progress now = next;
        next = null;
        delivering = now != null;
        return now;
    }
}
