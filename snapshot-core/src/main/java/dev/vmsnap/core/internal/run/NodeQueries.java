package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.spi.HypervisorDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Asks nodes side by side, with a deadline. A node that does not answer is remembered and probed in the background, so that
 * it delays what needs that node, and nothing else after the first time. Thread-safe.
 */
final class NodeQueries implements AutoCloseable {
    private final Wiring wiring;
    private final NodeThreads threads;
    private final Duration deadline;
    private final Map<String, NodeStatus> statuses = new LinkedHashMap<>();

    NodeQueries(Wiring wiring) {
        this(wiring, Map.of());
    }

    private NodeQueries(Wiring wiring, Map<String, NodeStatus> known) {
        this.wiring = wiring;
        this.threads = wiring.nodeThreads();
        this.deadline = wiring.limits().node();
        wiring.nodes().forEach((name, driver) -> {
            NodeStatus status = known.get(name);
            statuses.put(
                    name,
                    status != null && status.driver() == driver
                            ? status
                            : new NodeStatus(name, driver, threads, deadline));
        });
    }

    /** Returns the same for another wiring: what is known of drivers stays, and the probes of all others end. */
    NodeQueries rewired(Wiring next) {
        NodeQueries others = new NodeQueries(next, statuses);
        statuses.values().stream()
                .filter(status -> !others.statuses.containsValue(status))
                .forEach(NodeStatus::close);
        return others;
    }

    /** The time for which needed nodes are waited for. */
    enum Patience {
        /** As long as the driver takes; asked by the calling thread. */
        OF_THE_DRIVER,
        /** A few deadlines for a sign of life; not at all if the node lets another call wait already. */
        FOR_A_SIGN_OF_LIFE
    }

    /**
     * The answers of nodes.
     *
     * @param given the answers by node, in the order of the wiring
     * @param silent the nodes that did not answer
     */
    record Answers<T>(Map<String, T> given, List<SilentNode> silent) {}

    /**
     * Asks all nodes one question that is quickly answered.
     *
     * @param needed the nodes without whose answer nothing can be done
     * @param patience how long these are waited for
     * @param settles whether an answer makes those of the other nodes dispensable: they have the deadline then. Without such
     *     an answer they are waited for as long as their drivers take, but for those that are remembered as silent
     */
    <T> Answers<T> ask(
            Collection<String> needed,
            Patience patience,
            Function<HypervisorDriver, T> question,
            Predicate<T> settles) {
        Round<T> round = new Round<>(question, settles);
        List<NodeStatus> doubtful = new ArrayList<>();
        List<NodeStatus> first = new ArrayList<>();
        for (String node : wiring.nodes().keySet()) {
            NodeStatus status = status(node);
            if (needed.contains(node)) {
                first.add(status);
            } else if (status.silence().isPresent()) {
                doubtful.add(status);
            } else {
                round.submit(status);
            }
        }
        first.forEach(patience == Patience.OF_THE_DRIVER ? round::askNow : round::contact);
        round.collect();
        if (round.settled) {
            doubtful.forEach(round::skip);
        } else {
            doubtful.forEach(round::submitIfReachable);
            round.collect();
        }
        return round.answers();
    }

    /** Asks all nodes a question whose answer takes longer the more a node has. None is waited for if it is silent. */
    <T> Answers<T> askEach(Function<HypervisorDriver, T> question) {
        Round<T> round = new Round<>(question, answer -> false);
        wiring.nodes().keySet().forEach(node -> round.contact(status(node)));
        round.collect();
        return round.answers();
    }

    /**
     * Requires a node to answer.
     *
     * @throws DriverException if it does not; of a node that is remembered as silent soon
     */
    void requireAnswer(String node) {
        HypervisorDriver driver = wiring.node(node);
        Round<String> round = new Round<>(HypervisorDriver::version, version -> true);
        round.askNow(status(node));
        round.collect();
        for (SilentNode silent : round.silent) {
            throw new DriverException(
                    driver.id(), silent.reason(), "Node " + node + " does not answer: " + silent.why() + ".");
        }
    }

    /** Ends the probes. */
    @Override
    public void close() {
        statuses.values().forEach(NodeStatus::close);
    }

    private NodeStatus status(String node) {
        return Objects.requireNonNull(statuses.get(node), node);
    }

    /** The time for which an answer is waited for, and its beginning; the deadline if others make it dispensable. */
    private record Wait(long since, Duration most, boolean dispensable) {}

    /** One question to many nodes. */
    private final class Round<T> {
        private final Function<HypervisorDriver, T> question;
        private final Predicate<T> settles;
        private final long begin = threads.nanoTime();
        private final BlockingQueue<NodeQuery<T>> ended = new LinkedBlockingQueue<>();
        private final Map<NodeQuery<T>, Wait> open = new LinkedHashMap<>();
        private final Map<String, T> given = new HashMap<>();
        private final List<SilentNode> silent = new ArrayList<>();
        private boolean settled;

        Round(Function<HypervisorDriver, T> question, Predicate<T> settles) {
            this.question = question;
            this.settles = settles;
        }

        /** Asks on the calling thread, however long the driver takes. */
        void askNow(NodeStatus status) {
            if (status.isSilent()) {
                open(query(status, false), status, true, false);
            } else {
                NodeQuery<T> query = query(status, false);
                query.run();
                ended.remove(query);
                accept(query);
            }
        }

        /** Asks for a sign of life first, for which the node has a few deadlines. */
        void contact(NodeStatus status) {
            if (status.isSilent()) {
                open(query(status, false), status, false, false);
            } else if (status.silence().isPresent()) {
                skip(status);
            } else {
                NodeQuery<T> query = query(status, true);
                open.put(query, new Wait(begin, deadline.multipliedBy(NodeStatus.CONTACT), false));
                status.submit(query);
            }
        }

        void submit(NodeStatus status) {
            NodeQuery<T> query = query(status, false);
            open.put(query, new Wait(begin, NodeStatus.LONGEST, true));
            status.submit(query);
        }

        void submitIfReachable(NodeStatus status) {
            open(query(status, false), status, true, true);
        }

        private void open(NodeQuery<T> query, NodeStatus status, boolean patient, boolean dispensable) {
            long now = threads.nanoTime();
            open.put(query, new Wait(now, status.submitIfReachable(query, patient), dispensable));
        }

        void skip(NodeStatus status) {
            silent.add(status.silence().orElseGet(() -> status.late(deadline)));
        }

        private NodeQuery<T> query(NodeStatus status, boolean contactFirst) {
            return new NodeQuery<>(status, question, contactFirst, ended);
        }

        /** Waits for the answers, each as long as it may take. */
        void collect() {
            while (!open.isEmpty()) {
                long left = open.keySet().stream().mapToLong(this::left).max().orElseThrow();
                NodeQuery<T> query = left > 0 ? threads.poll(ended, left) : ended.poll();
                if (query != null) {
                    accept(query);
                } else if (left <= 0) {
                    break;
                }
            }
            open.forEach((query, wait) -> {
                query.abandon();
                silent.add(query.status().late(limit(query, wait)));
            });
            open.clear();
        }

        private long left(NodeQuery<T> query) {
            Wait wait = open.getOrDefault(query, new Wait(begin, Duration.ZERO, false));
            return wait.since() + limit(query, wait).toNanos() - threads.nanoTime();
        }

        private Duration limit(NodeQuery<T> query, Wait wait) {
            if (query.isContacted()) {
                return NodeStatus.LONGEST;
            }
            boolean shortened = settled && wait.dispensable() && wait.most().compareTo(deadline) > 0;
            return shortened ? deadline : wait.most();
        }

        private void accept(NodeQuery<T> query) {
            open.remove(query);
            Optional<T> answer = query.answer();
            query.silence().ifPresent(silent::add);
            answer.ifPresent(value -> {
                given.put(query.status().name(), value);
                settled |= settles.test(value);
            });
        }

        Answers<T> answers() {
            Map<String, T> ordered = new LinkedHashMap<>();
            wiring.nodes().keySet().stream()
                    .filter(given::containsKey)
                    .forEach(node -> ordered.put(node, given.get(node)));
            return new Answers<>(ordered, List.copyOf(silent));
        }
    }
}
