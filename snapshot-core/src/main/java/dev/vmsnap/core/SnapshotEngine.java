package dev.vmsnap.core;

import dev.vmsnap.DriverException;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.internal.run.NodeThreads;
import dev.vmsnap.core.internal.run.Wiring;
import dev.vmsnap.spi.DriverProvider;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.StorageDriver;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one entry to vmsnap: wires drivers and store together. A host that never changes its nodes and storages keeps what
 * {@link Builder#build()} returns as {@link VmSnapshots}. Thread-safe.
 *
 * <p>The engine owns what it is given: {@link VmSnapshots#close()} closes the hypervisors and the store. It starts no
 * thread for work; daemon threads renew leases while operations run, and ask nodes side by side.
 *
 * <p>Nodes and storages can be added and removed while verbs run. An operation keeps those that it began with. A VM whose
 * node was removed is refused with {@code NODE_UNKNOWN}, and a disk whose storage was removed with
 * {@code NO_STORAGE_DRIVER}, until they are there again: neither counts as absent, and their records stay.
 */
public interface SnapshotEngine extends VmSnapshots {

    /**
     * Begins the wiring.
     *
     * @return a builder that needs at least a node, a storage and a store
     */
    static Builder builder() {
        return new Builder();
    }

    /**
     * Adds a node for all verbs that begin from now on. Nothing is asked of it; {@link VmSnapshots#recover()} settles what
     * is open on its VMs.
     *
     * @param name the name that the host gives it; not blank; stands in snapshots and journals
     * @param hypervisor its hypervisor connection, which the engine closes; not if this throws
     * @throws RefusedException if a node has that name, also one that is being removed; nothing was changed
     * @throws IllegalArgumentException if the name is blank
     */
    void addNode(String name, HypervisorDriver hypervisor);

    /**
     * Removes a node and closes its hypervisor connection. Verbs that begin from now on work without it at once; then this
     * waits until no operation uses it. An operation uses the node of its VM and the one that it migrates the VM to; as long
     * as it has not begun its first step, it may use each node. A verb that only reads is not waited for, and reports the node
     * as silent.
     *
     * <p>If operations use it for longer, it is there again for verbs that begin from then on.
     *
     * @param name its name
     * @param patience how long to wait for operations; zero for not at all; an interrupt ends the wait
     * @return false if there is no such node
     * @throws RefusedException if operations still use it; the refusal names them
     * @throws DriverException if its connection could not be closed; the node was removed
     */
    boolean removeNode(String name, Duration patience);

    /**
     * Adds a storage driver for all verbs that begin from now on. Nothing is asked of it.
     *
     * @param driver the driver
     * @throws RefusedException if a storage driver has its id, also one that is being removed; nothing was changed
     */
    void addStorage(StorageDriver driver);

    /**
     * Removes a storage driver as {@link #removeNode} removes a node. An operation uses the storages of all disks and
     * snapshots of its VM. There is nothing to close.
     *
     * @param id its id
     * @param patience how long to wait for operations; zero for not at all; an interrupt ends the wait
     * @return false if there is no such storage driver
     * @throws RefusedException if operations still use it; the refusal names them
     */
    boolean removeStorage(String id, Duration patience);

    /**
     * Returns the names of the nodes that a verb would work with now.
     *
     * @return the names, in the order in which the nodes were added
     */
    Set<String> nodes();

    /**
     * Returns the ids of the storage drivers that a verb would work with now.
     *
     * @return the ids, in the order in which the drivers were added
     */
    Set<String> storages();

    /** Collects what the engine is made of. Not thread-safe. */
    final class Builder {
        private final Map<String, HypervisorDriver> nodes = new LinkedHashMap<>();
        private final Map<String, StorageDriver> storages = new LinkedHashMap<>();
        private final List<String> discovery = new ArrayList<>();
        private @Nullable SnapshotStore store;
        private Executor executor = Runnable::run;
        private boolean preparesOnExecutor;
        private Clock clock = Clock.system(ZoneId.systemDefault());
        private Supplier<SnapshotId> ids = () -> SnapshotId.of("s" + compact());
        private Consumer<SnapshotEvent> events = event -> {};
        private SnapshotSettings defaults = SnapshotSettings.DEFAULT;
        private OptionalLong headroom = OptionalLong.empty();
        private double watermark = 0.8;
        private Duration busy = Duration.ZERO;
        private Duration lease = Duration.ofMinutes(1);
        private Duration freeze = Duration.ofSeconds(10);
        private Duration hold = Duration.ofSeconds(30);
        private Duration node = Duration.ofSeconds(1);
        private NodeThreads nodeThreads = NodeThreads.DAEMONS;

        private Builder() {}

        /**
         * Adds a node.
         *
         * @param name what the host calls it; not blank; stands in snapshots and journals
         * @param hypervisor its hypervisor connection
         * @return this
         * @throws IllegalArgumentException if the name is blank or taken
         */
        public Builder node(String name, HypervisorDriver hypervisor) {
            if (name.isBlank() || nodes.putIfAbsent(name, hypervisor) != null) {
                throw new IllegalArgumentException("a node needs a name of its own, not '" + name + "'");
            }
            return this;
        }

        /**
         * Adds a storage driver.
         *
         * @param driver the driver
         * @return this
         * @throws IllegalArgumentException if another one has its id
         */
        public Builder storage(StorageDriver driver) {
            if (storages.putIfAbsent(driver.id(), driver) != null) {
                throw new IllegalArgumentException("two storage drivers with the id '" + driver.id() + "'");
            }
            return this;
        }

        /**
         * Adds every storage driver that {@link ServiceLoader} finds and that was not added before. Explicit wiring is
         * the documented default; this is for hosts whose drivers are chosen by what is on the class path.
         *
         * @param loader where to look
         * @param settings by driver id; drivers that are not named get none
         * @return this
         * @throws IllegalStateException if a driver that was found cannot be opened; names all that were seen
         */
        public Builder discoverDrivers(ClassLoader loader, Map<String, Map<String, String>> settings) {
            List<String> broken = new ArrayList<>();
            ServiceLoader.load(DriverProvider.class, loader).stream().forEach(found -> {
                String type = found.type().getName();
                try {
                    DriverProvider provider = found.get();
                    discovery.add(provider.id() + " from " + type);
                    if (!storages.containsKey(provider.id())) {
                        storage(provider.open(settings.getOrDefault(provider.id(), Map.of())));
                    }
                } catch (ServiceConfigurationError | RuntimeException e) {
                    broken.add(type + ": " + e.getMessage());
                }
            });
            if (!broken.isEmpty()) {
                throw new IllegalStateException("Drivers that cannot be opened: " + broken + "; seen: " + discovery);
            }
            return this;
        }

        /**
         * Sets where trees and journals are kept.
         *
         * @param records the store
         * @return this
         */
        public Builder store(SnapshotStore records) {
            store = records;
            return this;
        }

        /**
         * Sets what runs the steps of operations. Without it they run on the caller's thread.
         *
         * @param runner the host's executor; the engine never shuts it down
         * @return this
         */
        public Builder executor(Executor runner) {
            executor = runner;
            return this;
        }

        /**
         * Has the executor also inspect the VM and ask the rules, so that a verb returns as soon as it has the lease on the
         * VM, which asks the store alone. Refusals then come from {@link dev.vmsnap.Operation#await()}, as failures do;
         * {@link dev.vmsnap.BusyException} is still thrown by the verb. Without it, the caller's thread does that, which can
         * take seconds if a node is slow.
         *
         * @return this
         */
        public Builder prepareOnExecutor() {
            preparesOnExecutor = true;
            return this;
        }

        /**
         * Sets the clock of records and events; its zone is that of default names.
         *
         * @param time the clock
         * @return this
         */
        public Builder clock(Clock time) {
            clock = time;
            return this;
        }

        /**
         * Sets what makes ids for snapshots.
         *
         * @param source yields an id that was never used, in any store
         * @return this
         */
        public Builder ids(Supplier<SnapshotId> source) {
            ids = source;
            return this;
        }

        /**
         * Sets who is told what happens. Called on the thread that does the work; it must not block, and what it throws
         * is logged and ignored.
         *
         * @param listener the host's audit log
         * @return this
         */
        public Builder events(Consumer<SnapshotEvent> listener) {
            events = listener;
            return this;
        }

        /**
         * Sets the settings where neither a VM nor its template says anything.
         *
         * @param settings instead of {@link SnapshotSettings#DEFAULT}
         * @return this
         */
        public Builder defaults(SnapshotSettings settings) {
            defaults = settings;
            return this;
        }

        /**
         * Refuses snapshots that would, in the worst case, leave less than this free on a store. Without it a snapshot
         * with RAM is tried when it may not fit, because empty memory takes no room; the plan then says so.
         *
         * @param bytes at least 0
         * @return this
         */
        public Builder requireHeadroom(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("a headroom is at least 0 bytes");
            }
            headroom = OptionalLong.of(bytes);
            return this;
        }

        /**
         * Sets from when on a part of a snapshot counts as nearly full: whoever looks at it then has
         * {@link SnapshotEvent.Phase#FILLING} told. Only storage that gives a snapshot less room than it could need
         * fills up.
         *
         * @param share of its room, more than 0 and at most 1; 0.8 by default
         * @return this
         */
        public Builder watermark(double share) {
            if (!(share > 0 && share <= 1)) {
                throw new IllegalArgumentException("a watermark is more than 0 and at most 1");
            }
            watermark = share;
            return this;
        }

        /**
         * Sets how long a verb waits for another operation on the same VM before it fails with
         * {@link dev.vmsnap.BusyException}.
         *
         * @param time zero (the default) for not at all
         * @return this
         */
        public Builder waitWhenBusy(Duration time) {
            busy = time;
            return this;
        }

        /**
         * Sets how long the lease on a VM outlives the last sign of life of the process that holds it, when it cannot be
         * told that the process is dead.
         *
         * @param time at least one second; one minute by default
         * @return this
         */
        public Builder leaseTime(Duration time) {
            if (time.compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("a lease lasts at least one second");
            }
            lease = time;
            return this;
        }

        /**
         * Sets how long a guest agent may take to freeze the guest's file systems. What comes after it has its own time
         * limits; whatever it does, the hypervisor driver thaws the guest some time after this deadline.
         *
         * @param time more than zero; ten seconds by default
         * @return this
         */
        public Builder freezeDeadline(Duration time) {
            if (time.isNegative() || time.isZero()) {
                throw new IllegalArgumentException("freezing takes some time");
            }
            freeze = time;
            return this;
        }

        /**
         * Sets how long the engine may hold a guest for a cut. After it the guest is let go, whatever storage is doing,
         * and the snapshot is undone. While RAM is written beside the disks, one second for each 10 MiB comes on top.
         *
         * @param time more than zero; 30 seconds by default
         * @return this
         */
        public Builder holdDeadline(Duration time) {
            if (time.isZero() || time.isNegative()) {
                throw new IllegalArgumentException("a hold has a deadline of more than zero");
            }
            hold = time;
            return this;
        }

        /**
         * Sets how long a verb waits for a node that it does not need: every node but the VM's own, which is asked whether
         * it has the VM too. A node that does not answer in time counts as silent, and no verb on another node waits for it
         * until it answers. Lists and reports allow five times as long for a sign of life, because a connection may have to
         * be made first. What changes a VM waits for the VM's own node as long as the node's driver takes.
         *
         * @param time more than zero; one second by default
         * @return this
         */
        public Builder nodeDeadline(Duration time) {
            if (time.isZero() || time.isNegative()) {
                throw new IllegalArgumentException("a node has a deadline of more than zero");
            }
            node = time;
            return this;
        }

        /** Sets what runs calls to nodes beside their callers: for tests. */
        Builder nodeThreads(NodeThreads threads) {
            nodeThreads = threads;
            return this;
        }

        /**
         * Ends the wiring. Nothing is asked of drivers or store; call {@link VmSnapshots#recover()} once after it.
         *
         * @return the engine
         * @throws IllegalStateException if there is no node, no storage or no store
         */
        public SnapshotEngine build() {
            SnapshotStore records = store;
            if (nodes.isEmpty() || storages.isEmpty() || records == null) {
                throw new IllegalStateException("An engine needs a node, a storage driver and a store; it has nodes "
                        + nodes.keySet() + ", storage drivers " + storages.keySet() + " (discovered: " + discovery
                        + ") and " + (records == null ? "no store" : "a store") + ".");
            }
            return new WiredEngine(new Wiring(
                    nodes,
                    storages,
                    records,
                    executor,
                    preparesOnExecutor,
                    nodeThreads,
                    clock,
                    ids,
                    () -> UUID.randomUUID().toString(),
                    events,
                    defaults,
                    headroom,
                    watermark,
                    new Wiring.Limits(busy, lease, freeze, hold, node)));
        }

        private static String compact() {
            return UUID.randomUUID().toString().replace("-", "").toLowerCase(Locale.ROOT);
        }
    }
}
