package dev.vmsnap.testkit;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.StorageDriver;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A datacenter in memory: nodes with VMs, storage, a store, one clock, and one place where things go wrong. Its parts are
 * drivers like the real ones and pass the same contracts. Thread-safe; its calls happen one after the other.
 *
 * <pre>{@code
 * var datacenter = new Datacenter();
 * InMemoryVm web = datacenter.node("node-1").withVm("web-1", "vda");
 * web.write("vda", "v1");
 * }</pre>
 *
 * <p>Space is real: each root that a storage or VM uses ({@code /images}, {@code /dev/vg_guests}) is a pool of space that
 * snapshots draw from; a snapshot in an image takes 1 MiB and the VM's memory when RAM is saved, one beside the volume
 * takes the volume's size.
 */
public final class Datacenter {
    static final String IMAGES = "/images";
    static final String VOLUME_GROUP = "/dev/vg_guests";
    private static final long ONE_TIB = 1L << 40;

    private final SteppedClock clock = new SteppedClock();
    private final Faults faults = new Faults(clock::tick);
    private final InMemoryStore store = new InMemoryStore(faults, clock);
    private final Map<String, InMemoryHypervisor> nodes = new LinkedHashMap<>();
    private final Map<String, InMemoryStorage> storages = new LinkedHashMap<>();
    private final Map<String, InMemoryDisk> disks = new LinkedHashMap<>();
    private final RamPlaces ramPlaces = new RamPlaces(this);
    private final Map<String, Long> capacities = new LinkedHashMap<>();

    /** Makes one without nodes. */
    public Datacenter() {}

    /**
     * Returns the node of that name; the first time it is built, without VMs.
     *
     * @param name its name
     * @return the hypervisor of the node
     */
    public InMemoryHypervisor node(String name) {
        synchronized (faults) {
            return nodes.computeIfAbsent(
                    name,
                    n -> new InMemoryHypervisor(this, n, new ScriptedCommands(faults), new InMemoryFiles(faults)));
        }
    }

    /**
     * Builds a node that has VMs in memory, but the commands and files of somewhere else: for tests of storage drivers
     * that work on real volumes of VMs that are off.
     *
     * @param name a name that no node has
     * @param commands where its commands run
     * @param files where its files are
     * @return the hypervisor of the node
     */
    public InMemoryHypervisor node(String name, Commands commands, NodeFiles files) {
        synchronized (faults) {
            if (nodes.containsKey(name)) {
                throw new IllegalArgumentException("there is a node " + name + " already");
            }
            InMemoryHypervisor node = new InMemoryHypervisor(this, name, commands, files);
            nodes.put(name, node);
            return node;
        }
    }

    /**
     * Returns the storage for files under {@code /images}, with snapshots inside the image.
     *
     * @return the driver {@code in-image}, of kind {@link StorageKind#FILE}
     */
    public InMemoryStorage inImage() {
        return inImage("in-image", StorageKind.FILE, IMAGES);
    }

    /**
     * Returns a storage with snapshots inside the image; the first time it is built.
     *
     * @param id the driver's id
     * @param kind the kind of storage it says it is
     * @param root what the sources of its disks begin with
     * @return the driver
     */
    public InMemoryStorage inImage(String id, StorageKind kind, String root) {
        Set<StorageDriver.Trait> traits = EnumSet.of(
                StorageDriver.Trait.IN_IMAGE,
                StorageDriver.Trait.RAM_IN_IMAGE,
                StorageDriver.Trait.CLONE,
                StorageDriver.Trait.BITMAP_REMOVAL,
                StorageDriver.Trait.REBUILD);
        if (kind == StorageKind.FILE) {
            traits.add(StorageDriver.Trait.PORTABLE);
        }
        return storage(id, kind, root, traits);
    }

    /**
     * Returns the storage for logical volumes under {@code /dev/vg_guests}, with snapshots beside the volume.
     *
     * @return the driver {@code beside}, of kind {@link StorageKind#LOCAL_LVM}
     */
    public InMemoryStorage beside() {
        return beside("beside", StorageKind.LOCAL_LVM, VOLUME_GROUP);
    }

    /**
     * Returns a storage with snapshots, and RAM, beside the volume; the first time it is built. One of kind
     * {@link StorageKind#NETWORK_LVM} hands its volumes from node to node; one node at a time works on them. Both kinds of
     * storage copy volumes.
     *
     * @param id the driver's id
     * @param kind the kind of storage it says it is
     * @param root what the sources of its disks begin with
     * @return the driver
     */
    public InMemoryStorage beside(String id, StorageKind kind, String root) {
        Set<StorageDriver.Trait> traits = EnumSet.of(
                StorageDriver.Trait.HOLD_TO_CUT,
                StorageDriver.Trait.RAM_BESIDE,
                StorageDriver.Trait.CLONE,
                StorageDriver.Trait.REBUILD);
        if (kind == StorageKind.NETWORK_LVM) {
            traits.add(StorageDriver.Trait.PORTABLE);
        }
        return storage(id, kind, root, traits);
    }

    private InMemoryStorage storage(String id, StorageKind kind, String root, Set<StorageDriver.Trait> traits) {
        synchronized (faults) {
            return storages.computeIfAbsent(id, name -> new InMemoryStorage(this, name, kind, root, traits));
        }
    }

    /**
     * Returns the store; it survives {@link #reboot()} and being closed.
     *
     * @return the same one each time
     */
    public InMemoryStore store() {
        return store;
    }

    /**
     * Returns where things are made to go wrong.
     *
     * @return the same one each time
     */
    public Faults faults() {
        return faults;
    }

    /**
     * Returns the clock. It stands, but for one millisecond with each call of a fake, and what {@link #advance} adds.
     *
     * @return the same one each time, in UTC
     */
    public Clock clock() {
        return clock;
    }

    /**
     * Lets time pass.
     *
     * @param time how much
     */
    public void advance(Duration time) {
        clock.advance(time);
    }

    /**
     * Starts the process anew after a crash: the fakes work again, and calls that hung in the old process die. Guests,
     * disks, store and faults that have not struck are as the crash left them.
     */
    public void reboot() {
        faults.reboot();
    }

    /**
     * Returns what a source holds; the first time it is made, empty.
     *
     * @param source a path or device
     * @return the disk
     */
    public InMemoryDisk disk(String source) {
        synchronized (faults) {
            return disks.computeIfAbsent(source, s -> new InMemoryDisk(faults, s));
        }
    }

    /**
     * Copies a source, as a host does before it takes a VM that is off to another node.
     *
     * @param from a path or device that is there
     * @param to where the copy is
     * @param whole whether its snapshots come along, as with {@code cp}; without them it is what {@code qemu-img convert}
     *     makes
     * @return the copy
     */
    public InMemoryDisk copyDisk(String from, String to, boolean whole) {
        synchronized (faults) {
            InMemoryDisk copy = disk(to);
            copy.become(disk(from), whole);
            return copy;
        }
    }

    /**
     * Destroys a source and everything it holds.
     *
     * @param source a path or device
     */
    public void destroyDisk(String source) {
        synchronized (faults) {
            disks.remove(source);
        }
    }

    /**
     * Leaves that much room, whatever is taken already.
     *
     * @param root where, for example {@code /images}
     * @param bytes what is free from now on
     */
    public void leaveFree(String root, long bytes) {
        synchronized (faults) {
            capacities.put(root, taken(root) + bytes);
        }
    }

    /**
     * Returns how much room there is.
     *
     * @param root where, for example {@code /images}
     * @return in bytes
     */
    public long free(String root) {
        synchronized (faults) {
            return capacities.getOrDefault(root, ONE_TIB) - taken(root);
        }
    }

    /**
     * Looks for what should not be there when no operation is open: guests that a driver holds or has frozen, parts of
     * snapshots that no record knows, leaked space, reservations, records beside volumes of a VM without snapshots, open
     * journal entries, leases.
     *
     * @return one sentence for each, empty when all is clean
     */
    public List<String> leftovers() {
        synchronized (faults) {
            return Stream.of(
                            nodes.values().stream().flatMap(InMemoryHypervisor::leftovers),
                            disks.values().stream().flatMap(this::leftovers),
                            ramPlaces.leftovers(store.knownSnapshots()::contains),
                            storages.values().stream().flatMap(s -> s.leftovers(store)),
                            store.leftovers())
                    .flatMap(s -> s)
                    .toList();
        }
    }

    /**
     * Fails if there are {@link #leftovers()}.
     *
     * @throws AssertionError naming each
     */
    public void assertNoLeftovers() {
        List<String> found = leftovers();
        if (!found.isEmpty()) {
            throw new AssertionError("left over:\n  " + String.join("\n  ", found));
        }
    }

    /**
     * Destroys the RAM that is kept beside the volumes for a snapshot.
     *
     * @param snapshot which
     */
    public void destroyRam(SnapshotId snapshot) {
        synchronized (faults) {
            ramPlaces.destroy(snapshot);
        }
    }

    /**
     * Writes to a place for RAM beside volumes, as a hypervisor does.
     *
     * @param place where; must be open
     * @param ram what
     * @param bytes how much of the place that takes
     */
    public void writeRam(String place, String ram, long bytes) {
        synchronized (faults) {
            ramPlaces.write(place, ram, bytes, "datacenter");
        }
    }

    /**
     * Reads a place for RAM beside volumes, as a hypervisor does.
     *
     * @param place where; must be open
     * @return what was written last
     */
    public String readRam(String place) {
        synchronized (faults) {
            return ramPlaces.read(place, "datacenter");
        }
    }

    RamPlaces ramPlaces() {
        return ramPlaces;
    }

    /** Tells of a VM that some node has. */
    Optional<InMemoryVm> findVm(VmId id) {
        return nodes.values().stream()
                .flatMap(InMemoryHypervisor::guests)
                .filter(vm -> vm.id().equals(id))
                .findFirst();
    }

    Optional<InMemoryDisk> findDisk(String source) {
        return Optional.ofNullable(disks.get(source));
    }

    /** Returns the root, with a pool of space, that a source lies under. */
    String rootOf(String source) {
        return source.contains("/") ? source.substring(0, source.lastIndexOf('/')) : source;
    }

    /** Tells which active VM has a source as a disk. */
    Optional<InMemoryVm> userOf(String source) {
        return nodes.values().stream()
                .flatMap(InMemoryHypervisor::guests)
                .filter(vm -> vm.isActive() && vm.uses(source))
                .findFirst();
    }

    InMemoryHypervisor requireOurs(HypervisorDriver hypervisor) {
        if (hypervisor instanceof InMemoryHypervisor node && nodes.containsKey(node.name())) {
            return nodes.get(node.name());
        }
        throw new IllegalArgumentException("the call is not from a node of this datacenter");
    }

    private long taken(String root) {
        long onDisks = disks.values().stream()
                .filter(disk -> rootOf(disk.source()).equals(root))
                .mapToLong(InMemoryDisk::takenBytes)
                .sum();
        return onDisks + ramPlaces.takenBytes(root);
    }

    private Stream<String> leftovers(InMemoryDisk disk) {
        Collection<SnapshotId> known = store.knownSnapshots();
        Set<VmId> excused = store.vmsWithUnavailable();
        boolean mayLeak = nodes.values().stream()
                .flatMap(InMemoryHypervisor::guests)
                .anyMatch(vm -> vm.uses(disk.source()) && excused.contains(vm.id()));
        Stream<String> parts = disk.snapshots().stream()
                .filter(name ->
                        ImageInfo.idOf(name).filter(id -> !known.contains(id)).isPresent())
                .map(name -> disk.source() + " holds " + name + ", which no record knows");
        Stream<String> reserved =
                disk.reservations().keySet().stream().map(name -> disk.source() + " has space reserved for " + name);
        Stream<String> leaks = disk.leakedBytes() > 0 && !mayLeak
                ? Stream.of(disk.source() + " leaks " + disk.leakedBytes() + " bytes")
                : Stream.of();
        return Stream.of(parts, reserved, leaks).flatMap(s -> s);
    }
}
