package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VolumeState;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * What a storage driver does with volumes that are qcow2 images: snapshots live inside them, and the records beside them
 * in {@code .vmsnap}. Which volumes are whose, and whether their storage is there, is the driver's business. Its verbs are
 * those of {@link dev.vmsnap.spi.StorageDriver}; failures name the driver {@code file}.
 *
 * <p>Immutable and thread-safe.
 */
public final class ImageVolumes {
    /** The traits of a driver of such volumes. */
    public static final Set<Trait> TRAITS =
            Set.of(Trait.IN_IMAGE, Trait.RAM_IN_IMAGE, Trait.BITMAP_REMOVAL, Trait.REBUILD);

    static final String DRIVER = "file";
    static final String QCOW2 = "qcow2";

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    // Creating a snapshot under a quota waits for the count.
    private static final Duration LONGEST_COUNT = Duration.ofMinutes(1);

    private final Duration timeout;
    private final Duration deadline;
    private final Clock clock;
    private final boolean local;

    /**
     * Makes it for images on file systems of the node's own: which one an image lies on is part of its identity.
     *
     * @param timeout how long one command on the node may take, longer than zero
     * @param clock tells how long a count has taken
     */
    public ImageVolumes(Duration timeout, Clock clock) {
        this(timeout, DEADLINE, clock, true);
    }

    private ImageVolumes(Duration timeout, Duration deadline, Clock clock, boolean local) {
        if (timeout.isNegative() || timeout.isZero() || deadline.isNegative() || deadline.isZero()) {
            throw new IllegalArgumentException("a timeout is longer than nothing");
        }
        this.timeout = timeout;
        this.deadline = deadline;
        this.clock = clock;
        this.local = local;
    }

    /**
     * Returns the same for images on a network mount. The driver knows which one it is and whether it can be written to,
     * and the server may take the node's root for nobody.
     *
     * @return the changed copy
     */
    public ImageVolumes onNetwork() {
        return new ImageVolumes(timeout, deadline, clock, false);
    }

    /**
     * Returns the same with another time limit.
     *
     * @param limit how long one command on the node may take, longer than zero
     * @return the changed copy
     */
    public ImageVolumes withTimeout(Duration limit) {
        return new ImageVolumes(limit, deadline, clock, local);
    }

    /**
     * Returns the same with another time limit for inspections.
     *
     * @param limit how long one command of an inspection may take, longer than zero; after the first that took longer, each
     *     other gets a second
     * @return the changed copy
     */
    public ImageVolumes withDeadline(Duration limit) {
        return new ImageVolumes(timeout, limit, clock, local);
    }

    /**
     * Names the records of a VM beside its images.
     *
     * @param vm the VM
     * @param store the store's id
     * @return the name of a file in {@code .vmsnap}
     */
    public static String records(VmId vm, String store) {
        return Surroundings.records(vm, store);
    }

    /**
     * Names the records of a VM as they were called before they bore a store's id.
     *
     * @param vm the VM
     * @return the name of a file in {@code .vmsnap}
     */
    public static String recordsOfAnyStore(VmId vm) {
        return Surroundings.recordsOfAnyStore(vm);
    }

    /**
     * Looks at volumes.
     *
     * @param volumes of one VM
     * @param call the call's context
     * @return one state for each volume, in their order
     */
    public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
        return inspection(call, Optional.empty()).inspect(volumes);
    }

    /**
     * Looks at volumes and counts what takes longer: what each snapshot takes, from the tables of the images, and, while the
     * VM is off, what is allocated for nothing. While the VM runs these may be some seconds old. Of an image whose tables
     * make no sense, or are not read within a minute for all volumes together, nothing is told of that.
     *
     * @param volumes of one VM
     * @param call the call's context
     * @return one state for each volume, in their order
     */
    public List<VolumeState> examine(List<Volume> volumes, DriverCall call) {
        return inspection(call, Optional.of(details(call))).inspect(volumes);
    }

    /**
     * Takes a snapshot of a VM that is off.
     *
     * @param volumes of one VM
     * @param id the snapshot
     * @param call the call's context
     */
    public void cut(List<Volume> volumes, SnapshotId id, DriverCall call) {
        snapshots(call).cut(volumes, id, call);
    }

    /**
     * Brings volumes back to a snapshot.
     *
     * @param volumes of one VM that is off
     * @param id the snapshot
     * @param call the call's context
     */
    public void restore(List<Volume> volumes, SnapshotId id, DriverCall call) {
        snapshots(call).restore(volumes, id, call);
    }

    /**
     * Removes persistent dirty bitmaps.
     *
     * @param volumes of one VM that is off
     * @param call the call's context
     */
    public void dropBitmaps(List<Volume> volumes, DriverCall call) {
        requireOff(call);
        new DirtyBitmaps(call.hypervisor().commands(), timeout).drop(volumes);
    }

    /**
     * Deletes a snapshot. A volume that the VM does not have any more may be deleted from while the VM runs; QEMU's lock
     * tells whether somebody else has it open.
     *
     * @param volumes of one VM, none of them open in it
     * @param id the snapshot
     * @param call the call's context
     */
    public void delete(List<Volume> volumes, SnapshotId id, DriverCall call) {
        requireClosed(volumes, call);
        offline(call).delete(volumes, id, call);
    }

    /**
     * Frees what interrupted commands have left allocated.
     *
     * @param volumes of one VM that is off
     * @param call the call's context
     */
    public void reclaim(List<Volume> volumes, DriverCall call) {
        requireClosed(volumes, call);
        Reclamation reclamation = reclamation(call);
        VolumeInspection paths = inspection(call, Optional.empty());
        for (Volume volume : volumes) {
            if (volume.format().equals(QCOW2) && !paths.isAbsent(volume)) {
                reclamation.reclaim(volume);
            }
        }
    }

    /**
     * Keeps a copy of the records beside the volumes; an empty tree removes it.
     *
     * @param volumes of one VM
     * @param copy the copy
     * @param dropped as in {@link dev.vmsnap.spi.StorageDriver#publish}
     * @param call the call's context
     */
    public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
        new ManifestFiles(volumes, copy.record().vm(), !local, call)
                .publish(copy, dropped, () -> inspect(volumes, call));
    }

    /**
     * Reads the copies of the records.
     *
     * @param volumes of one VM
     * @param call the call's context
     * @return as {@link dev.vmsnap.spi.StorageDriver.Rebuilding#published}
     */
    public RecordsCopy.Found published(List<Volume> volumes, DriverCall call) {
        return new ManifestFiles(volumes, call.vm().id(), !local, call).read();
    }

    /**
     * Removes the copies of other stores that the records have taken in.
     *
     * @param volumes of one VM
     * @param copy the records of the call's store
     * @param stores the ids of the other stores
     * @param dropped as in {@link dev.vmsnap.spi.StorageDriver.Rebuilding#supersede}
     * @param call the call's context
     */
    public void supersede(
            List<Volume> volumes, RecordsCopy copy, Set<String> stores, Set<SnapshotId> dropped, DriverCall call) {
        new ManifestFiles(volumes, copy.record().vm(), !local, call).supersede(copy, stores, dropped);
    }

    /**
     * Says what stands against copies in those places.
     *
     * @param volumes of one VM, each with a destination
     * @param id the snapshot; empty for one that is yet to be taken of the present state
     * @param destinations where each copy goes, by target
     * @param ours tells of a path, whose file may be missing, whether the driver could make an image there
     * @param call the call's context
     * @return the refusals
     */
    public List<Refusal> objectionsTo(
            List<Volume> volumes,
            Optional<SnapshotId> id,
            Map<String, String> destinations,
            Predicate<String> ours,
            DriverCall call) {
        return new CopyObjections(copies(call), ours, call).of(volumes, id, destinations);
    }

    /**
     * Makes copies of what a snapshot has, whole images of their own, under hidden names.
     *
     * @param volumes of one VM, which may run, each with a destination
     * @param id the snapshot
     * @param destinations where each copy goes, by target
     * @param call the call's context
     */
    public void copy(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        copies(call).copy(volumes, id, destinations);
    }

    /**
     * Gives the copies their names.
     *
     * @param volumes of one VM, each with a destination
     * @param id the snapshot
     * @param destinations where each copy goes, by target
     * @param call the call's context
     */
    public void reveal(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        copies(call).reveal(volumes, id, destinations);
    }

    /**
     * Takes away copies that are not the host's yet.
     *
     * @param volumes of one VM, each with a destination
     * @param id the snapshot
     * @param destinations where each copy was to go, by target
     * @param call the call's context
     */
    public void discard(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        copies(call).discard(volumes, id, destinations);
    }

    /**
     * Leaves the copies to the host.
     *
     * @param volumes of one VM, each with a destination
     * @param id the snapshot
     * @param destinations where each copy is, by target
     * @param call the call's context
     */
    public void handOver(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        copies(call).handOver(volumes, id, destinations);
    }

    /**
     * Lets go of volumes that the host takes to another node. Nothing binds an image to a node, so that nothing is to be
     * done; but one that somebody has open is not whole.
     *
     * @param volumes of one VM that is off
     * @param call the call's context, on the node that has them
     */
    public void release(List<Volume> volumes, DriverCall call) {
        requireUnused(volumes, call, true);
    }

    /**
     * Takes over volumes that the host has brought.
     *
     * @param volumes of one VM that is off
     * @param call the call's context, on the node that gets them
     */
    public void adopt(List<Volume> volumes, DriverCall call) {
        requireUnused(volumes, call, false);
    }

    private void requireUnused(List<Volume> volumes, DriverCall call, boolean mayBeGone) {
        requireOff(call);
        QemuImg images = images(call);
        VolumeInspection paths = inspection(call, Optional.empty());
        for (Volume volume : volumes) {
            if (!mayBeGone || !paths.isAbsent(volume)) {
                images.read(volume);
            }
        }
    }

    private VolumeInspection inspection(DriverCall call, Optional<ImageDetails> details) {
        Commands limited = new LimitedCommands(call.hypervisor().commands(), deadline);
        return new VolumeInspection(
                new VolumeInspection.Tools(
                        new QemuImg(limited, deadline),
                        new ImageLayers(node -> new LimitedCommands(node, deadline), deadline, call),
                        new Paths(limited, deadline, !local),
                        details),
                local,
                call);
    }

    private ImageDetails details(DriverCall call) {
        Duration limit = timeout.compareTo(LONGEST_COUNT) < 0 ? timeout : LONGEST_COUNT;
        Commands commands = call.hypervisor().commands();
        ImageBytes tables = new ImageBytes(commands, limit);
        return new ImageDetails(new QemuImg(commands, limit), tables, new SpaceCount(tables, clock, limit));
    }

    private OfflineSnapshots snapshots(DriverCall call) {
        requireOff(call);
        return offline(call);
    }

    private OfflineSnapshots offline(DriverCall call) {
        return new OfflineSnapshots(images(call), reclamation(call), inspection(call, Optional.empty()));
    }

    private Reclamation reclamation(DriverCall call) {
        return new Reclamation(images(call), bytes(call));
    }

    private Copies copies(DriverCall call) {
        return new Copies(images(call), new ImageLayers(UnaryOperator.identity(), timeout, call), timeout, call);
    }

    private QemuImg images(DriverCall call) {
        return new QemuImg(call.hypervisor().commands(), timeout);
    }

    private ImageBytes bytes(DriverCall call) {
        return new ImageBytes(call.hypervisor().commands(), timeout);
    }

    private static void requireClosed(List<Volume> volumes, DriverCall call) {
        for (Volume volume : volumes) {
            if (OpenImages.areOf(volume, call)) {
                throw new DriverException(
                        DRIVER,
                        Reason.IN_USE,
                        "VM " + call.vm().id() + " is active, so the image of disk " + volume.target()
                                + " is the hypervisor's");
            }
        }
    }

    private static void requireOff(DriverCall call) {
        if (call.vm().power().isActive()) {
            throw new DriverException(
                    DRIVER, Reason.IN_USE, "VM " + call.vm().id() + " is active, so its images are the hypervisor's");
        }
    }
}
