package dev.vmsnap.testkit;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A storage in memory, with one of two personalities: snapshots {@linkplain Datacenter#inImage() inside the image}, where
 * the hypervisor makes them while a VM is active, or {@linkplain Datacenter#beside() beside the volume}, where this
 * driver makes them while the engine holds the guest. Strict: it fails where real storage would do harm, and a running
 * guest that is not held is not cut. Thread-safe.
 */
public final class InMemoryStorage
        implements StorageDriver,
                StorageDriver.RamBeside,
                StorageDriver.Portable,
                StorageDriver.Cloning,
                StorageDriver.BitmapRemoval,
                StorageDriver.Rebuilding {
    private static final String[] NO_BITMAPS = {};

    private final Datacenter datacenter;
    private final Faults faults;
    private final String id;
    private final StorageKind kind;
    private final String root;
    private final Set<Trait> traits;
    private final PublishedCopies published = new PublishedCopies();
    private final Uses uses;
    private final Copies copies;
    private final States states;
    private boolean away;

    InMemoryStorage(Datacenter datacenter, String id, StorageKind kind, String root, Set<Trait> traits) {
        this.datacenter = datacenter;
        this.faults = datacenter.faults();
        this.id = id;
        this.kind = kind;
        this.root = root;
        this.traits = Set.copyOf(traits);
        this.uses = new Uses(datacenter, id, kind);
        this.copies = new Copies(datacenter, id);
        this.states = new States(datacenter, this, root);
    }

    /**
     * Returns the copies of a VM's records that are kept beside its volumes.
     *
     * @param vm the VM
     * @return of each store the one that was published last; two of one store if the older one had to be kept
     */
    public List<RecordsCopy> published(VmId vm) {
        synchronized (faults) {
            return published.copies(vm);
        }
    }

    /**
     * Puts a copy of records beside the volumes of its VM, as another store or somebody hostile would.
     *
     * @param copy the copy
     * @return this
     */
    public InMemoryStorage plant(RecordsCopy copy) {
        synchronized (faults) {
            published.add(copy);
        }
        return this;
    }

    /**
     * Leaves that much room, whatever is taken already.
     *
     * @param bytes what is free from now on
     * @return this
     */
    public InMemoryStorage leaveFree(long bytes) {
        datacenter.leaveFree(root, bytes);
        return this;
    }

    /**
     * Has the storage go away, as a server that does not answer: verbs fail, and nothing is known of its volumes.
     *
     * @param gone whether it is away from now on
     * @return this
     */
    public InMemoryStorage away(boolean gone) {
        synchronized (faults) {
            away = gone;
        }
        return this;
    }

    /**
     * Returns how much room there is.
     *
     * @return in bytes; 1 TiB at first
     */
    public long free() {
        return datacenter.free(root);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Set<Trait> traits() {
        return traits;
    }

    @Override
    public Optional<StorageKind> claim(VmDescription.Disk disk, DriverCall call) {
        return faults.ask(id, Faults.Point.STORAGE_CLAIM, disk.target(), () -> {
            requireReachable(call);
            return disk.source().filter(this::isBelowRoot).map(source -> kind);
        });
    }

    @Override
    public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
        return faults.ask(id, Faults.Point.STORAGE_INSPECT, subject(call), () -> {
            requireReachable(call);
            requireOurs(volumes);
            boolean others = published.hasOthers(call.vm().id(), call.store());
            return volumes.stream()
                    .map(volume -> states.of(volume))
                    .map(state -> others ? Objections.besideAnotherStore(state) : state)
                    .toList();
        });
    }

    @Override
    public void prepare(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        verb(Faults.Point.STORAGE_PREPARE, volumes, call, halfway -> {
            if (inImage()) {
                return;
            }
            String name = ImageInfo.tag(snapshot);
            List<InMemoryDisk> open = volumes.stream()
                    .map(this::require)
                    .filter(disk -> !disk.has(name) && !disk.reservations().containsKey(name))
                    .toList();
            Parts.undoingOnFailure(
                    open,
                    disk -> disk.reservations().remove(name),
                    () -> Parts.each(open, halfway, disk -> {
                        requireRoom(bytesOf(disk));
                        disk.reservations().put(name, bytesOf(disk));
                    }));
        });
    }

    @Override
    public void cut(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        verb(Faults.Point.STORAGE_CUT, volumes, call, halfway -> {
            if (inImage()) {
                uses.requireOff(volumes);
            } else {
                uses.requireQuiet(volumes);
            }
            String name = ImageInfo.tag(snapshot);
            List<InMemoryDisk> open = volumes.stream()
                    .map(this::require)
                    .filter(disk -> !disk.has(name))
                    .toList();
            Parts.undoingOnFailure(
                    open,
                    disk -> disk.drop(name),
                    () -> Parts.each(open, halfway, disk -> {
                        requireNotCancelled(call);
                        disk.reservations().remove(name);
                        requireRoom(bytesOf(disk));
                        disk.save(name, bytesOf(disk), Optional.empty(), 0);
                    }));
        });
    }

    @Override
    public void restore(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        verb(Faults.Point.STORAGE_RESTORE, volumes, call, halfway -> {
            uses.requireOff(volumes);
            String name = ImageInfo.tag(snapshot);
            for (Volume volume : volumes) {
                if (!require(volume).has(name)) {
                    throw failure(Reason.MISSING, volume.source() + " has no snapshot " + snapshot);
                }
                if (require(volume).hasOverflown(name)) {
                    throw failure(Reason.BROKEN, "snapshot " + snapshot + " of " + volume.source() + " ran full");
                }
                if (!require(volume).bitmaps().isEmpty()) {
                    throw failure(Reason.BROKEN, volume.source() + " has dirty bitmaps");
                }
            }
            Parts.each(volumes, halfway, volume -> require(volume).rollBack(name));
        });
    }

    @Override
    public void dropBitmaps(List<Volume> volumes, DriverCall call) {
        verb(Faults.Point.STORAGE_DROP_BITMAPS, volumes, call, halfway -> {
            uses.requireOff(volumes);
            Parts.each(volumes, halfway, volume -> require(volume).bitmaps(NO_BITMAPS));
        });
    }

    @Override
    public void delete(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        verb(Faults.Point.STORAGE_DELETE, volumes, call, halfway -> {
            if (inImage()) {
                uses.requireOff(volumes);
            }
            String name = ImageInfo.tag(snapshot);
            Parts.each(volumes, halfway, volume -> reach(volume).ifPresent(disk -> {
                disk.drop(name);
                disk.reservations().remove(name);
            }));
            if (!volumes.isEmpty()) {
                datacenter.ramPlaces().delete(volumes, snapshot);
            }
        });
    }

    @Override
    public void reserveRam(List<Volume> volumes, SnapshotId snapshot, long bytes, DriverCall call) {
        verb(Faults.Point.STORAGE_RESERVE_RAM, volumes, call, halfway -> datacenter
                .ramPlaces()
                .reserve(volumes, snapshot, bytes, id));
    }

    @Override
    public String openRam(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        return faults.ask(id, Faults.Point.STORAGE_OPEN_RAM, subject(call), () -> {
            requireReachable(call);
            return datacenter.ramPlaces().open(volumes, snapshot, id);
        });
    }

    @Override
    public void keepRam(List<Volume> volumes, SnapshotId snapshot, long bytes, DriverCall call) {
        verb(Faults.Point.STORAGE_KEEP_RAM, volumes, call, halfway -> datacenter
                .ramPlaces()
                .keep(volumes, snapshot, bytes, id));
    }

    @Override
    public void closeRam(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        verb(Faults.Point.STORAGE_CLOSE_RAM, volumes, call, halfway -> datacenter
                .ramPlaces()
                .close(volumes, snapshot));
    }

    @Override
    public void release(List<Volume> volumes, DriverCall call) {
        faults.<Boolean>ask(id, Faults.Point.STORAGE_RELEASE, subject(call), halfway -> {
            requireReachable(call);
            uses.requireOff(volumes);
            InMemoryHypervisor node = datacenter.requireOurs(call.hypervisor());
            Parts.each(volumes, halfway, volume -> uses.letGo(volume, node));
            return true;
        });
    }

    @Override
    public void adopt(List<Volume> volumes, DriverCall call) {
        verb(Faults.Point.STORAGE_ADOPT, volumes, call, halfway -> {
            uses.requireOff(volumes);
            Parts.each(volumes, halfway, this::require);
        });
    }

    @Override
    public List<Refusal> objectionsTo(
            List<Volume> volumes, Optional<SnapshotId> snapshot, Map<String, String> destinations, DriverCall call) {
        return faults.ask(id, Faults.Point.STORAGE_COPY_OBJECTIONS, subject(call), () -> {
            requireReachable(call);
            return copies.objectionsTo(volumes, destinations, this::isBelowRoot);
        });
    }

    @Override
    public void copy(List<Volume> volumes, SnapshotId snapshot, Map<String, String> destinations, DriverCall call) {
        verb(Faults.Point.STORAGE_COPY, volumes, call, halfway -> {
            for (Volume volume : volumes) {
                if (!require(volume).has(ImageInfo.tag(snapshot))) {
                    throw failure(Reason.MISSING, volume.source() + " has no snapshot " + snapshot);
                }
            }
            copies.make(volumes, snapshot, destinations, halfway);
        });
    }

    @Override
    public void reveal(List<Volume> volumes, SnapshotId snapshot, Map<String, String> destinations, DriverCall call) {
        onCopies(Faults.Point.STORAGE_REVEAL, call, halfway -> copies.reveal(volumes, snapshot, destinations, halfway));
    }

    @Override
    public void discard(List<Volume> volumes, SnapshotId snapshot, Map<String, String> destinations, DriverCall call) {
        onCopies(
                Faults.Point.STORAGE_DISCARD,
                call,
                halfway -> copies.discard(volumes, snapshot, destinations, halfway));
    }

    @Override
    public void handOver(List<Volume> volumes, SnapshotId snapshot, Map<String, String> destinations, DriverCall call) {
        onCopies(
                Faults.Point.STORAGE_HAND_OVER,
                call,
                halfway -> copies.handOver(volumes, snapshot, destinations, halfway));
    }

    private void onCopies(Faults.Point point, DriverCall call, Work work) {
        faults.<Boolean>ask(id, point, subject(call), halfway -> {
            requireReachable(call);
            requireThere();
            work.run(halfway);
            return true;
        });
    }

    @Override
    public void reclaim(List<Volume> volumes, DriverCall call) {
        verb(Faults.Point.STORAGE_RECLAIM, volumes, call, halfway -> {
            uses.requireOff(volumes);
            Parts.each(volumes, halfway, volume -> reach(volume).ifPresent(disk -> {
                volume.virtualBytes().ifPresent(disk::resize);
                disk.leak(0);
            }));
        });
    }

    @Override
    public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
        faults.run(id, Faults.Point.STORAGE_PUBLISH, subject(call), () -> {
            requireReachable(call);
            requireThere();
            published.publish(copy, dropped, snapshot -> volumes.stream()
                    .flatMap(volume -> datacenter.findDisk(volume.source()).stream())
                    .anyMatch(disk -> disk.has(ImageInfo.tag(snapshot))));
        });
    }

    @Override
    public RecordsCopy.Found published(List<Volume> volumes, DriverCall call) {
        return faults.ask(id, Faults.Point.STORAGE_PUBLISHED, subject(call), () -> {
            requireReachable(call);
            requireThere();
            return new RecordsCopy.Found(published.copies(call.vm().id()), List.of());
        });
    }

    /** Its parts bear no store, so they are everybody's. */
    @Override
    public void takeOver(List<Volume> volumes, String from, Set<SnapshotId> snapshots, DriverCall call) {
        verb(Faults.Point.STORAGE_TAKE_OVER, volumes, call, halfway -> {});
    }

    @Override
    public void supersede(
            List<Volume> volumes, RecordsCopy copy, Set<String> stores, Set<SnapshotId> dropped, DriverCall call) {
        faults.run(id, Faults.Point.STORAGE_SUPERSEDE, subject(call), () -> {
            requireReachable(call);
            requireThere();
            published.supersede(copy, stores, dropped);
        });
    }

    Stream<String> leftovers(InMemoryStore store) {
        return Stream.concat(
                copies.leftovers(),
                published
                        .vms()
                        .filter(vm -> !store.hasSnapshots(vm))
                        .map(vm -> id + " keeps records beside the volumes of " + vm + ", which has no snapshots"));
    }

    private void verb(Faults.Point point, List<Volume> volumes, DriverCall call, Work work) {
        faults.<Boolean>ask(id, point, subject(call), halfway -> {
            requireReachable(call);
            requireThere();
            requireOurs(volumes);
            requireNotCancelled(call);
            uses.hold(volumes, datacenter.requireOurs(call.hypervisor()));
            work.run(halfway);
            call.report(1);
            return true;
        });
    }

    /** The work of a verb, which runs the given code where it is half done. */
    private interface Work {
        void run(Runnable halfway);
    }

    boolean inImage() {
        return traits.contains(Trait.IN_IMAGE);
    }

    long bytesOf(InMemoryDisk disk) {
        return inImage() ? InMemoryDisk.SNAPSHOT_BYTES : disk.virtualBytes();
    }

    private boolean isBelowRoot(String source) {
        return source.startsWith(root + "/");
    }

    private static String subject(DriverCall call) {
        return call.vm().id().value();
    }

    /** Whether the storage is away with all its volumes. */
    boolean isAway() {
        return away;
    }

    /** The disk of a volume, or empty if it is absent; one that cannot be reached is a failure. */
    private Optional<InMemoryDisk> reach(Volume volume) {
        Optional<InMemoryDisk> disk = datacenter.findDisk(volume.source());
        disk.flatMap(InMemoryDisk::failing).ifPresent(reason -> {
            throw failure(reason, volume.source() + " cannot be reached");
        });
        return disk;
    }

    private InMemoryDisk require(Volume volume) {
        InMemoryDisk disk = reach(volume).orElseThrow(() -> failure(Reason.MISSING, volume.source() + " is missing"));
        if (disk.isCorrupt()) {
            throw failure(Reason.BROKEN, volume.source() + " is corrupt");
        }
        return disk;
    }

    private void requireReachable(DriverCall call) {
        call.remaining();
        datacenter.requireOurs(call.hypervisor()).requireConnected();
    }

    private void requireThere() {
        if (away) {
            throw failure(Reason.UNREACHABLE, root + " does not answer");
        }
    }

    private void requireOurs(List<Volume> volumes) {
        for (Volume volume : volumes) {
            if (!volume.storage().equals(id) || !isBelowRoot(volume.source())) {
                throw new IllegalArgumentException(volume.source() + " is not a volume of storage " + id);
            }
        }
    }

    private void requireRoom(long bytes) {
        if (free() < bytes) {
            throw failure(Reason.NO_SPACE, "no space left on " + root);
        }
    }

    private static void requireNotCancelled(DriverCall call) {
        if (call.cancelled()) {
            throw new CancelledException(
                    "the work on the volumes of " + call.vm().id() + " was cancelled");
        }
    }

    private DriverException failure(Reason reason, String message) {
        return new DriverException(id, reason, message);
    }
}
