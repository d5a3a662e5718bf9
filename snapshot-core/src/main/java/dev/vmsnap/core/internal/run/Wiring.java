package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.StorageDriver;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Everything the host handed over. Another set of nodes and storages is another wiring: an operation keeps the one that it
 * began with.
 *
 * @param nodes hypervisors by node name, in the order in which they were given
 * @param storages storage drivers by id, in the order in which they were given
 * @param store where the records are
 * @param executor runs operations
 * @param preparesOnExecutor whether the executor also inspects and judges
 * @param nodeThreads run calls to nodes beside their callers
 * @param clock tells the time of records and events
 * @param ids makes ids for snapshots
 * @param operationIds makes ids for operations
 * @param events is told what happens
 * @param defaults the settings where nobody said anything
 * @param headroom bytes that must stay free on a store in the worst case
 * @param watermark from which share of its room on a part counts as nearly full, 0 to 1
 * @param limits how long things may take
 */
public record Wiring(
        Map<String, HypervisorDriver> nodes,
        Map<String, StorageDriver> storages,
        SnapshotStore store,
        Executor executor,
        boolean preparesOnExecutor,
        NodeThreads nodeThreads,
        Clock clock,
        Supplier<SnapshotId> ids,
        Supplier<String> operationIds,
        Consumer<SnapshotEvent> events,
        SnapshotSettings defaults,
        OptionalLong headroom,
        double watermark,
        Limits limits) {

    /**
     * How long things may take.
     *
     * @param busy how long a verb waits for another operation on the same VM
     * @param lease how long a lease lasts without a sign of life
     * @param freeze how long the guest agent may take to freeze
     * @param hold how long a guest may be held, not counting the time that its RAM needs
     * @param node how long a verb waits for the answer of a node that it does not need
     */
    public record Limits(Duration busy, Duration lease, Duration freeze, Duration hold, Duration node) {}

    /** Copies the nodes and storages. */
    public Wiring {
        nodes = Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
        storages = Collections.unmodifiableMap(new LinkedHashMap<>(storages));
    }

    /** Returns the same with other nodes. */
    Wiring withNodes(Map<String, HypervisorDriver> others) {
        return with(others, storages);
    }

    /** Returns the same with other storages. */
    Wiring withStorages(Map<String, StorageDriver> others) {
        return with(nodes, others);
    }

    private Wiring with(Map<String, HypervisorDriver> hypervisors, Map<String, StorageDriver> drivers) {
        return new Wiring(
                hypervisors,
                drivers,
                store,
                executor,
                preparesOnExecutor,
                nodeThreads,
                clock,
                ids,
                operationIds,
                events,
                defaults,
                headroom,
                watermark,
                limits);
    }

    StorageDriver storage(String id) {
        StorageDriver driver = storages.get(id);
        if (driver == null) {
            throw new DriverException(
                    id, DriverException.Reason.UNREACHABLE, "No storage driver with the id " + id + " is wired.");
        }
        return driver;
    }

    boolean hasNode(String name) {
        return nodes.containsKey(name);
    }

    HypervisorDriver node(String name) {
        HypervisorDriver driver = nodes.get(name);
        if (driver == null) {
            throw new DriverException(
                    "core", DriverException.Reason.UNREACHABLE, "No node with the name '" + name + "' is wired.");
        }
        return driver;
    }
}
