package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.spi.HypervisorDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers whether one node answers. A node that failed is silent until a probe, one at a time, is answered; probes are
 * repeated ever more rarely. Thread-safe.
 */
final class NodeStatus {
    private static final Logger LOG = LoggerFactory.getLogger(NodeStatus.class);
    /** The deadlines that a sign of life may take: a connection may have to be made first, by several processes. */
    static final int CONTACT = 5;

    /** A driver reports by itself, long before this, that its node does not answer. */
    static final Duration LONGEST = Duration.ofMinutes(1);

    /** The most callers that wait for a probe that hangs: work on all VMs of a node does not wait once for each. */
    private static final int MOST_WAITS = 4;

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final String name;
    private final HypervisorDriver driver;
    private final NodeThreads threads;
    private final Duration deadline;
    private final NodeLane lane;
    private @Nullable SilentNode silence;
    private @Nullable Probe probe;
    private Runnable cancelNext = () -> {};
    private Duration pause = FIRST_PAUSE;
    private boolean reported;
    private boolean closed;

    NodeStatus(String name, HypervisorDriver driver, NodeThreads threads, Duration deadline) {
        this.name = name;
        this.driver = driver;
        this.threads = threads;
        this.deadline = deadline;
        this.lane = new NodeLane(threads);
    }

    /** A probe that runs: who waits for it, and who wants one that has begun after they asked. */
    private record Probe(long since, List<NodeQuery<?>> followers, List<NodeQuery<?>> later) {}

    String name() {
        return name;
    }

    HypervisorDriver driver() {
        return driver;
    }

    /** The cause, if the node is remembered as silent or lets a call wait for longer than the deadline. */
    Optional<SilentNode> silence() {
        boolean noted;
        synchronized (this) {
            if (silence != null) {
                return Optional.of(silence);
            }
            noted = reported;
        }
        // A call that somebody has given up may have begun a moment later than their wait.
        return lane.isLate(noted ? Duration.ZERO : deadline) ? Optional.of(late(deadline)) : Optional.empty();
    }

    /** Whether the node is remembered as silent. */
    synchronized boolean isSilent() {
        return silence != null;
    }

    /** Asks beside the caller. */
    void submit(NodeQuery<?> query) {
        lane.submit(query);
    }

    /**
     * Asks beside the caller; a silent node must answer a probe first.
     *
     * @param patient whether a probe that hangs is waited for too, which a few may do
     * @return how long the answer is worth waiting for
     */
    Duration submitIfReachable(NodeQuery<?> query, boolean patient) {
        Duration contact = deadline.multipliedBy(CONTACT);
        Probe begun = null;
        SilentNode hangs = null;
        Duration wait = patient ? contact : deadline;
        synchronized (this) {
            Probe running = probe;
            if (silence != null && running == null) {
                begun = begin(List.of(query));
            } else if (silence != null && running != null) {
                boolean young = threads.nanoTime() - running.since() < wait.toNanos();
                boolean crowded = running.later().size() >= MOST_WAITS;
                if (young || (patient && !crowded)) {
                    running.later().add(query);
                    return young ? wait : deadline;
                }
                hangs = silence;
            }
        }
        if (hangs != null) {
            query.reject(hangs);
        } else if (begun != null) {
            run(begun);
        } else {
            lane.submit(query);
            return LONGEST;
        }
        return wait;
    }

    /** Notes an answer. */
    void answered() {
        boolean again;
        synchronized (this) {
            silence = null;
            pause = FIRST_PAUSE;
            cancelNext.run();
            cancelNext = () -> {};
            again = reported;
            reported = false;
        }
        if (again) {
            LOG.info("Node {} answers again", name);
        }
    }

    /** Notes a failure; a probe finds out whether it is the node's or only that call's. */
    SilentNode failed(DriverException failure) {
        SilentNode why = new SilentNode(name, failure.reason(), String.valueOf(failure.getMessage()));
        LOG.debug("Node {} failed", name, failure);
        Probe begun = null;
        synchronized (this) {
            silence = why;
            if (probe == null && !closed) {
                begun = begin(List.of());
            }
        }
        if (begun != null) {
            run(begun);
        }
        lane.takeWaiting().forEach(query -> submitIfReachable(query, true));
        return why;
    }

    /** Notes that a call is not waited for any longer. */
    SilentNode late(Duration limit) {
        SilentNode why = new SilentNode(name, Reason.TIMEOUT, "no answer within " + inWords(limit));
        report(why);
        return why;
    }

    /** Ends the probes; one that runs is left to its driver. */
    synchronized void close() {
        closed = true;
        cancelNext.run();
    }

    private Probe begin(List<NodeQuery<?>> followers) {
        cancelNext.run();
        probe = new Probe(threads.nanoTime(), followers, new ArrayList<>());
        return probe;
    }

    private void run(Probe begun) {
        threads.execute(() -> {
            try {
                driver.version();
                succeeded(begun);
            } catch (DriverException e) {
                failed(begun, e);
            } catch (RuntimeException | Error e) {
                LOG.debug("Node {}: its probe failed", name, e);
                failed(begun, new DriverException("core", Reason.BROKEN, String.valueOf(e), e));
            }
        });
    }

    private void succeeded(Probe ended) {
        synchronized (this) {
            probe = null;
        }
        answered();
        ask(ended);
    }

    private void ask(Probe ended) {
        Stream.concat(ended.followers().stream(), ended.later().stream()).forEach(query -> {
            query.contacted();
            lane.submit(query);
        });
    }

    private void failed(Probe ended, DriverException failure) {
        SilentNode why = new SilentNode(name, failure.reason(), String.valueOf(failure.getMessage()));
        Probe next = null;
        boolean still;
        synchronized (this) {
            probe = null;
            still = silence != null;
            if (still) {
                silence = why;
                ended.later().removeIf(NodeQuery::isAbandoned);
                if (!ended.later().isEmpty()) {
                    next = begin(List.copyOf(ended.later()));
                } else if (!closed) {
                    cancelNext = threads.schedule(this::probe, pause);
                    pause = longer(pause);
                }
            }
        }
        if (!still) {
            // A call beside the probe was answered.
            ask(ended);
            return;
        }
        report(why);
        ended.followers().forEach(query -> query.reject(why));
        if (next != null) {
            run(next);
        }
    }

    private void probe() {
        Probe begun = null;
        synchronized (this) {
            if (silence != null && probe == null && !closed) {
                begun = begin(List.of());
            }
        }
        if (begun != null) {
            run(begun);
        }
    }

    private void report(SilentNode why) {
        boolean first;
        synchronized (this) {
            first = !reported;
            reported = true;
        }
        if (first) {
            LOG.warn("Node {} does not answer: {}", name, why.why());
        }
    }

    private static String inWords(Duration time) {
        return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }
}
