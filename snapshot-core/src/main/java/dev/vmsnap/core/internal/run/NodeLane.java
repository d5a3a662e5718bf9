package dev.vmsnap.core.internal.run;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs the calls of one node beside their callers: a few at a time, so that a hanging node does not collect threads. */
final class NodeLane {
    private static final int AT_A_TIME = 4;

    private final NodeThreads threads;
    private final Deque<NodeQuery<?>> waiting = new ArrayDeque<>();
    private final Map<NodeQuery<?>, Long> running = new LinkedHashMap<>();

    NodeLane(NodeThreads threads) {
        this.threads = threads;
    }

    void submit(NodeQuery<?> query) {
        synchronized (this) {
            waiting.add(query);
        }
        startNext();
    }

    /** Whether a call has run as long as given without a sign of life from the node. */
    synchronized boolean isLate(Duration limit) {
        long now = threads.nanoTime();
        return running.entrySet().stream()
                .anyMatch(call -> !call.getKey().isContacted() && now - call.getValue() >= limit.toNanos());
    }

    /** Takes the calls that have not begun. */
    synchronized List<NodeQuery<?>> takeWaiting() {
        List<NodeQuery<?>> taken = new ArrayList<>(waiting);
        waiting.clear();
        return taken;
    }

    private void startNext() {
        NodeQuery<?> next = next();
        if (next != null) {
            threads.execute(() -> {
                try {
                    next.run();
                } finally {
                    end(next);
                }
            });
        }
    }

    private synchronized @Nullable NodeQuery<?> next() {
        if (running.size() >= AT_A_TIME) {
            return null;
        }
        NodeQuery<?> next = waiting.poll();
        if (next != null) {
            running.put(next, threads.nanoTime());
        }
        return next;
    }

    private void end(NodeQuery<?> query) {
        synchronized (this) {
            running.remove(query);
        }
        startNext();
    }
}
