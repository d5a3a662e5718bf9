package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.storage.file.image.ImageVolumes;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Snapshots of disks that are qcow2 files on a network mount (NFS, and others when the host says so); they live inside the
 * image as those of {@link dev.vmsnap.storage.file.FileStorage} do, and the records beside it.
 *
 * <p><b>A server that does not answer</b> holds up nobody. What is mounted where is read from the node's table of mounts;
 * whether it answers is asked by one process that is killed when its time is over ({@link #withDeadline}); and commands that
 * work on images are ended on the node itself ({@link #withTimeout}), so that none of them goes on when the server is back
 * and somebody else works on the VM. A volume whose server does not answer, whose export is stale, not mounted, another one
 * than it was, or whose image may not be read, is {@linkplain VolumeState.Unknown unknown}: verbs are refused with
 * {@link Refusal.Code#STORAGE_AWAY}, its snapshots stay what they are, and everything goes on when the export is back. A verb
 * that is under way fails with {@link Reason#UNREACHABLE}; the engine records what is left and finishes it later.
 *
 * <p><b>Which export it is</b> each snapshot remembers as {@link Volume#location}, {@code server:/export/directory/file}.
 * Another one that is mounted in its place is never touched. {@link #sameExport} says that two names mean one export,
 * {@link #abandoned} that one will not come back.
 *
 * <p><b>Whose files.</b> Where the node's user is root, commands work as the owner of the image ({@code setpriv} of
 * util-linux), records are written as the owner of the directory: an export may take root for nobody.
 *
 * <p><b>Page cache.</b> Disks of running VMs should have the cache mode {@code none}: in the page cache a disk whose export
 * ran full stays unusable to QEMU until the VM was powered off ({@code handle_aiocb_flush} in QEMU's
 * {@code block/file-posix.c}).
 *
 * <p>Only the VM's node acts on its images; QEMU's lock on an image holds across nodes with NFS 4.
 *
 * <p>Immutable and thread-safe.
 */
public final class NasStorage
        implements StorageDriver,
                StorageDriver.Portable,
                StorageDriver.Cloning,
                StorageDriver.BitmapRemoval,
                StorageDriver.Rebuilding {
    static final String ID = "nas";

    private static final Set<Trait> USUAL =
            Set.of(Trait.IN_IMAGE, Trait.RAM_IN_IMAGE, Trait.CLONE, Trait.BITMAP_REMOVAL, Trait.REBUILD);
    private static final Set<Trait> MOVING = Set.of(
            Trait.IN_IMAGE, Trait.RAM_IN_IMAGE, Trait.CLONE, Trait.PORTABLE, Trait.BITMAP_REMOVAL, Trait.REBUILD);
    private static final Duration TIMEOUT = Duration.ofMinutes(10);
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final ImageVolumes images;
    private final Exports exports;
    private final Duration deadline;
    private final Lookout lookout;
    private final Visit visit;
    private final Copying copying;
    private final boolean moving;

    /** Makes the driver for NFS; a look may take ten seconds, a command of a verb ten minutes. */
    public NasStorage() {
        this(new ImageVolumes(TIMEOUT, Clock.systemUTC()).onNetwork(), Exports.USUAL, DEADLINE, false);
    }

    private NasStorage(ImageVolumes images, Exports exports, Duration deadline, boolean moving) {
        this.images = images;
        this.exports = exports;
        this.deadline = deadline;
        this.lookout = new Lookout(exports, deadline);
        this.visit = new Visit(lookout);
        this.copying = new Copying(lookout, visit);
        this.moving = moving;
    }

    /**
     * Returns this driver for another type of file systems too. It must keep QEMU's locks across nodes.
     *
     * @param type as the node's table of mounts has it, for example {@code cifs}; none that FileStorage owns
     * @return the changed copy
     */
    public NasStorage alsoOn(String type) {
        return new NasStorage(images, exports.alsoOn(type), deadline, moving);
    }

    /**
     * Returns this driver with two names for one export: snapshots that remember either are on both. That they really are
     * the same one is the host's word; parts that are not there are lost then.
     *
     * @param was a name that snapshots remember, for example {@code old:/export}, or a directory of it
     * @param is its name now
     * @return the changed copy
     */
    public NasStorage sameExport(String was, String is) {
        return new NasStorage(images, exports.sameExport(was, is), deadline, moving);
    }

    /**
     * Returns this driver with the word that an export will not come back: what snapshots have there counts as deleted.
     *
     * @param export its name as snapshots remember it, for example {@code old:/export}, or a directory of it
     * @return the changed copy
     */
    public NasStorage abandoned(String export) {
        return new NasStorage(images, exports.abandoned(export), deadline, moving);
    }

    /**
     * Returns this driver with leave to hand a VM that is off, with its snapshots, to another node that has mounted the same
     * export. No data moves. Without it such a VM stays on its node.
     *
     * @return the changed copy
     */
    public NasStorage movingOnSameExport() {
        return new NasStorage(images, exports, deadline, true);
    }

    /**
     * Returns this driver with another time limit for the commands of verbs. One that is killed leaves the image sound, but
     * may leave space allocated in it until {@link #reclaim}.
     *
     * @param limit how long one command on the node may take, longer than zero; a server that comes back sooner is waited for
     * @return the changed copy
     */
    public NasStorage withTimeout(Duration limit) {
        return new NasStorage(images.withTimeout(limit), exports, deadline, moving);
    }

    /**
     * Returns this driver with another time limit for looks.
     *
     * @param limit how long a server may take to answer before it counts as away, longer than zero
     * @return the changed copy
     */
    public NasStorage withDeadline(Duration limit) {
        if (limit.isNegative() || limit.isZero()) {
            throw new IllegalArgumentException("a deadline is longer than nothing");
        }
        return new NasStorage(images.withDeadline(limit), exports, limit, moving);
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public Set<Trait> traits() {
        return moving ? MOVING : USUAL;
    }

    @Override
    public Set<String> programs() {
        return Set.of(
                "sh",
                "qemu-img",
                "qemu-io",
                "stat",
                "timeout",
                "sync",
                "dd",
                "base64",
                "sha256sum",
                "setpriv",
                "realpath");
    }

    @Override
    public Optional<StorageKind> claim(VmDescription.Disk disk, DriverCall call) {
        if (disk.device() != VmDescription.Device.DISK || disk.type() != VmDescription.SourceType.FILE) {
            return Optional.empty();
        }
        return disk.source()
                .filter(path -> path.startsWith("/"))
                .flatMap(path -> lookout.mount(path, call))
                .map(NodeFiles.Mount::type)
                .filter(exports::areOn)
                .map(type -> StorageKind.NAS);
    }

    @Override
    public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
        return new Inspection(lookout, images::inspect).of(volumes, call);
    }

    @Override
    public List<VolumeState> examine(List<Volume> volumes, DriverCall call) {
        return new Inspection(lookout, images::examine).of(volumes, call);
    }

    @Override
    public void cut(List<Volume> volumes, SnapshotId id, DriverCall call) {
        visit.change(volumes, call, (there, inside) -> images.cut(there, id, inside));
    }

    @Override
    public void restore(List<Volume> volumes, SnapshotId id, DriverCall call) {
        visit.change(volumes, call, (there, inside) -> images.restore(there, id, inside));
    }

    @Override
    public void dropBitmaps(List<Volume> volumes, DriverCall call) {
        visit.change(volumes, call, (there, inside) -> images.dropBitmaps(there, inside));
    }

    @Override
    public void delete(List<Volume> volumes, SnapshotId id, DriverCall call) {
        visit.clear(volumes, call, (there, inside) -> images.delete(there, id, inside));
    }

    @Override
    public void reclaim(List<Volume> volumes, DriverCall call) {
        visit.clear(volumes, call, images::reclaim);
    }

    @Override
    public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
        visit.write(volumes, call, (there, inside) -> images.publish(there, copy, dropped, inside));
    }

    @Override
    public RecordsCopy.Found published(List<Volume> volumes, DriverCall call) {
        Set<RecordsCopy> copies = new HashSet<>();
        Set<String> unreadable = new TreeSet<>();
        visit.read(volumes, call, (there, inside) -> {
            RecordsCopy.Found found = images.published(there, inside);
            copies.addAll(found.copies());
            unreadable.addAll(found.unreadable());
        });
        return new RecordsCopy.Found(List.copyOf(copies), List.copyOf(unreadable));
    }

    @Override
    public void supersede(
            List<Volume> volumes, RecordsCopy copy, Set<String> stores, Set<SnapshotId> dropped, DriverCall call) {
        visit.write(volumes, call, (there, inside) -> images.supersede(there, copy, stores, dropped, inside));
    }

    @Override
    public List<Refusal> objectionsTo(
            List<Volume> volumes, Optional<SnapshotId> id, Map<String, String> destinations, DriverCall call) {
        return copying.objectionsTo(volumes, id, destinations, images, call);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A copy belongs to whom its image belongs, or to the owner of its directory where only that one may write there.
     */
    @Override
    public void copy(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        copying.copy(volumes, destinations, call, (there, inside) -> images.copy(there, id, destinations, inside));
    }

    @Override
    public void reveal(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        copying.place(volumes, destinations, call, (all, inside) -> images.reveal(all, id, destinations, inside));
    }

    @Override
    public void discard(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        copying.place(volumes, destinations, call, (all, inside) -> images.discard(all, id, destinations, inside));
    }

    @Override
    public void handOver(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        copying.place(volumes, destinations, call, (all, inside) -> images.handOver(all, id, destinations, inside));
    }

    /**
     * {@inheritDoc}
     *
     * <p>The node holds nothing on to them, so there is nothing to do.
     */
    @Override
    public void release(List<Volume> volumes, DriverCall call) {}

    /**
     * {@inheritDoc}
     *
     * <p>Fails with {@code UNREACHABLE} when the node has another export mounted in their place, or none.
     */
    @Override
    public void adopt(List<Volume> volumes, DriverCall call) {
        visit.change(volumes, call, (there, inside) -> {
            for (VolumeState state : images.inspect(there, inside)) {
                state.objectionsTo(Verb.RESTORE).stream()
                        .filter(refusal -> refusal.code() == Refusal.Code.IMAGE_IN_USE
                                || refusal.code() == Refusal.Code.IMAGE_UNUSABLE)
                        .findFirst()
                        .ifPresent(refusal -> {
                            throw new DriverException(
                                    ID,
                                    refusal.code() == Refusal.Code.IMAGE_IN_USE ? Reason.IN_USE : Reason.MISSING,
                                    refusal.message());
                        });
            }
        });
    }

    @Override
    public String toString() {
        return "NasStorage";
    }
}
