package dev.vmsnap.core.internal.run;

import dev.vmsnap.core.internal.rules.WiringRule;
import dev.vmsnap.core.internal.rules.WiringRule.Kind;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.StorageDriver;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds nodes and storages to an engine that runs, and removes them, by replacing its wiring as a whole. One that is being
 * removed is in the wiring of no verb that begins, and keeps its name until no operation uses it. Thread-safe.
 */
final class LiveDrivers {
    private static final Logger LOG = LoggerFactory.getLogger(LiveDrivers.class);

    /** The time that it takes at most from a lease to its first use. */
    private static final Duration BEGINNING = Duration.ofSeconds(10);

    private final Leases leases;
    private final Live<HypervisorDriver> nodes =
            new Live<>(Kind.NODE, Wiring::nodes, Wiring::withNodes, (name, driver) -> work -> work.uses(name, driver));
    private final Live<StorageDriver> storages =
            new Live<>(Kind.STORAGE, Wiring::storages, Wiring::withStorages, (id, driver) -> work -> work.uses(driver));
    private volatile Assembly present;
    private boolean closed;

    LiveDrivers(Leases leases, Assembly first) {
        this.leases = leases;
        this.present = first;
    }

    /** Returns the parts for a verb that begins. */
    Assembly present() {
        return present;
    }

    void addNode(String name, HypervisorDriver node) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a node needs a name");
        }
        nodes.add(name, node);
    }

    void addStorage(StorageDriver storage) {
        storages.add(storage.id(), storage);
    }

    /** Removes a node and closes its driver; false if there is none. */
    boolean removeNode(String name, Duration patience) {
        Optional<HypervisorDriver> removed = nodes.remove(name, patience);
        removed.ifPresent(HypervisorDriver::close);
        return removed.isPresent();
    }

    /** Removes a storage; false if there is none. */
    boolean removeStorage(String id, Duration patience) {
        return storages.remove(id, patience).isPresent();
    }

    /** Ends all probes, and returns the nodes whose drivers are to be closed; a removal closes its own. */
    synchronized Collection<HypervisorDriver> close() {
        closed = true;
        present.nodes().close();
        return present.wiring().nodes().values();
    }

    private void replace(Wiring next) {
        present = present.rewired(next);
        leases.rewire(next);
    }

    /** The drivers of one kind. */
    private final class Live<D> {
        private final Kind kind;
        private final Function<Wiring, Map<String, D>> those;
        private final BiFunction<Wiring, Map<String, D>, Wiring> with;
        private final BiFunction<String, D, Predicate<Tenure>> usersOf;
        private final Map<String, D> leaving = new LinkedHashMap<>();

        Live(
                Kind kind,
                Function<Wiring, Map<String, D>> those,
                BiFunction<Wiring, Map<String, D>, Wiring> with,
                BiFunction<String, D, Predicate<Tenure>> usersOf) {
            this.kind = kind;
            this.those = those;
            this.with = with;
            this.usersOf = usersOf;
        }

        void add(String name, D driver) {
            synchronized (LiveDrivers.this) {
                leases.requireOpen();
                Set<String> taken = new HashSet<>(those.apply(present.wiring()).keySet());
                taken.addAll(leaving.keySet());
                WiringRule.free(kind, name, taken).orThrow();
                put(name, driver);
            }
            LOG.info("{} {} was added", kind, name);
        }

        /** Returns the driver that nothing uses any more. */
        Optional<D> remove(String name, Duration patience) {
            D driver;
            Predicate<Tenure> using;
            synchronized (LiveDrivers.this) {
                leases.requireOpen();
                Map<String, D> all = new LinkedHashMap<>(those.apply(present.wiring()));
                driver = all.remove(name);
                if (driver == null) {
                    return Optional.empty();
                }
                using = usersOf.apply(name, driver);
                if (patience.isZero()) {
                    WiringRule.unused(kind, name, leases.held(using.and(Tenure::hasBegun)))
                            .orThrow();
                }
                leaving.put(name, driver);
                replace(with.apply(present.wiring(), all));
            }
            List<Lease> users = awaitUnused(using, patience);
            synchronized (LiveDrivers.this) {
                leaving.remove(name);
                if (closed) {
                    return Optional.of(driver);
                }
                if (!users.isEmpty()) {
                    put(name, driver);
                }
            }
            WiringRule.unused(kind, name, users).orThrow();
            LOG.info("{} {} was removed", kind, name);
            return Optional.of(driver);
        }

        private void put(String name, D driver) {
            Map<String, D> all = new LinkedHashMap<>(those.apply(present.wiring()));
            all.put(name, driver);
            replace(with.apply(present.wiring(), all));
        }

        /**
         * Waits until nothing uses a driver that is in no wiring any more, and returns the leases of what still uses it. Once
         * nothing does, nothing will: who has just got a lease and has not begun finds that out and begins again.
         */
        private List<Lease> awaitUnused(Predicate<Tenure> using, Duration patience) {
            try {
                if (leases.awaitNone(using, System.nanoTime() + RunningOperation.nanos(patience))) {
                    return List.of();
                }
                Predicate<Tenure> begins = tenure -> !tenure.hasBegun();
                if (leases.awaitNone(using.and(begins), System.nanoTime() + BEGINNING.toNanos())) {
                    return leases.held(using.and(Tenure::hasBegun));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return leases.held(using);
        }
    }
}
