package dev.vmsnap.core.internal.run;

import dev.vmsnap.RepairNeededException;
import dev.vmsnap.RepairNeededException.Leftover;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operations of one engine that have not ended. While there are any, a thread of {@link Leases} checks every
 * two seconds whether the executor has dropped one, and whether some process asks to cancel one. Thread-safe.
 */
final class RunningOperations {
    private static final Logger LOG = LoggerFactory.getLogger(RunningOperations.class);

    /** The interval at which operations are checked. */
    private static final Duration PERIOD = Duration.ofSeconds(2);

    private final Wiring wiring;
    private final Leases leases;
    private final Map<String, RunningOperation<?>> operations = new ConcurrentHashMap<>();
    private @Nullable Future<?> checks;

    RunningOperations(Wiring wiring, Leases leases) {
        this.wiring = wiring;
        this.leases = leases;
    }

    synchronized void add(RunningOperation<?> operation) {
        operations.put(operation.id(), operation);
        if (checks == null) {
            checks = leases.repeat(PERIOD, this::check);
        }
    }

    synchronized void remove(RunningOperation<?> operation) {
        operations.remove(operation.id());
        if (operations.isEmpty() && checks != null) {
            checks.cancel(false);
            checks = null;
        }
        notifyAll();
    }

    /** Waits until all but some have ended, and not longer than until a time of {@link System#nanoTime}. */
    synchronized void awaitEnd(Set<String> except, long deadline) throws InterruptedException {
        for (long left = deadline - System.nanoTime();
                left > 0 && !except.containsAll(operations.keySet());
                left = deadline - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    Optional<RunningOperation<?>> find(String id) {
        return Optional.ofNullable(operations.get(id));
    }

    List<RunningOperation<?>> all() {
        return List.copyOf(operations.values());
    }

    void cancelAll() {
        all().forEach(RunningOperation::cancel);
    }

    /** Ends all of them although a call of theirs has not returned; their journal entries stay open. */
    void endAll() {
        for (RunningOperation<?> operation : all()) {
            String why = "The engine was closed while operation " + operation.id() + " ran.";
            Leftover left = new Leftover(operation.progress().step(), "the call had not returned");
            operation.end(new RepairNeededException(why, List.of(left), new IllegalStateException(why)));
        }
    }

    /** Those that the present thread works for. */
    Set<String> onThisThread() {
        return all().stream()
                .filter(RunningOperation::isOnThisThread)
                .map(RunningOperation::id)
                .collect(Collectors.toSet());
    }

    private void check() {
        boolean ended = wiring.executor() instanceof ExecutorService service && service.isTerminated();
        all().forEach(operation -> operation.endIfDropped(ended));
        try {
            wiring.store().cancelRequests().forEach(id -> find(id).ifPresent(RunningOperation::cancel));
        } catch (RuntimeException e) {
            // The thread tries again; an exception would end the checks.
            LOG.warn("Requests to cancel operations could not be read: {}", e.getMessage(), e);
        }
    }
}
