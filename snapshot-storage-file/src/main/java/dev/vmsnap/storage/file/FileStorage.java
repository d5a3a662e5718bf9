package dev.vmsnap.storage.file;

import dev.vmsnap.DriverException;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.storage.file.image.ImageVolumes;
import dev.vmsnap.storage.file.image.LocalFileSystems;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Snapshots of disks that are qcow2 files on a file system of the node's own; they live inside the image, under names
 * made from the snapshot's id. While the VM is active the hypervisor takes and deletes them; while it is off this driver
 * does, with {@code qemu-img} on the node, which refuses an image that somebody has open
 * ({@link DriverException.Reason#IN_USE}).
 *
 * <p>It owns disks with a file as their source on ext4, xfs, btrfs, tmpfs and their like, and leaves network mounts to
 * others. Of a file whose stated format is not qcow2 it says {@code FORMAT_UNSUPPORTED} without opening it. Refused as
 * well are images that are missing, corrupt or encrypted, that keep their data in an external file, or whose reference
 * counters are too narrow; images with persistent dirty bitmaps cannot be restored. A backing file is never
 * written to. A path that only the image's header names is inspected and opened with the rights of the VM's own user
 * ({@link dev.vmsnap.spi.HypervisorDriver#commandsAs}), with the format that the image states, and only if it is a regular
 * file; anything else stands against create, restore and clone. A layer that the configuration of a VM that is off states as
 * {@code <backingStore>} is the host's word: the node's user opens it, if it is a regular file or a block device.
 *
 * <p><b>Absent</b> is an image only if nothing is at its path and its place is proved to be the one that it was: the
 * records lie beside it, or it is on the file system that is remembered as {@link Volume#location}. Anything else that
 * keeps an image from being read leaves it {@linkplain VolumeState.Unknown unknown}.
 *
 * <p>Restoring a disk that was resized since brings its old size back, as {@code qemu-img} does.
 *
 * <p><b>Secrets.</b> A snapshot with RAM that fails halfway leaves RAM allocated in the image behind the disk's end,
 * and a restored one keeps it there. Were the disk grown, the guest could read it. {@link #reclaim} lets go of it without
 * ever changing the disk's size, so that it can be killed at any instant and asked again; {@link #delete} does so too
 * when the snapshot had RAM or is not there. {@link #examine} reports such RAM, as far as no snapshot uses it, and leaked
 * clusters as {@link VolumeState.Seen#leakedBytes} of a VM that is off.
 *
 * <p>The records are kept in {@code .vmsnap/<VM id>.<store id>.json} in each directory that holds a disk, with mode 0600.
 * A {@code .vmsnap} that is a symbolic link, belongs to another user or may be written to by others is left alone, and
 * so is one behind a link that others may have made: {@code RECORDS_REFUSED} says so.
 *
 * <p>Immutable and thread-safe.
 */
public final class FileStorage
        implements StorageDriver,
                StorageDriver.Portable,
                StorageDriver.Cloning,
                StorageDriver.BitmapRemoval,
                StorageDriver.Rebuilding {
    static final String ID = "file";

    private static final Set<Trait> TRAITS = Stream.concat(
                    ImageVolumes.TRAITS.stream(), Stream.of(Trait.PORTABLE, Trait.CLONE))
            .collect(Collectors.toUnmodifiableSet());

    private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(30);

    private final ImageVolumes images;

    /** Makes the driver; one command may take half an hour. */
    public FileStorage() {
        this(new ImageVolumes(DEFAULT_TIMEOUT, Clock.systemUTC()));
    }

    private FileStorage(ImageVolumes images) {
        this.images = images;
    }

    /**
     * Returns this driver with another time limit. A command that is killed leaves the image sound, but may leave space
     * allocated in it until {@link #reclaim}.
     *
     * @param limit how long one command on the node may take, longer than zero; a check reads all tables of an image,
     *     seconds for each 100 GiB that are allocated
     * @return the changed copy
     */
    public FileStorage withTimeout(Duration limit) {
        return new FileStorage(images.withTimeout(limit));
    }

    /**
     * Returns this driver with another time limit for inspections.
     *
     * @param limit how long one command of an inspection may take, longer than zero; after the first that took longer, each
     *     other gets a second
     * @return the changed copy
     */
    public FileStorage withDeadline(Duration limit) {
        return new FileStorage(images.withDeadline(limit));
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public Set<Trait> traits() {
        return TRAITS;
    }

    @Override
    public Set<String> programs() {
        return Set.of("sh", "qemu-img", "qemu-io", "stat", "timeout", "sync", "dd", "base64", "sha256sum");
    }

    @Override
    public Optional<StorageKind> claim(VmDescription.Disk disk, DriverCall call) {
        if (disk.device() != VmDescription.Device.DISK || disk.type() != VmDescription.SourceType.FILE) {
            return Optional.empty();
        }
        return disk.source().filter(path -> isLocal(path, call)).map(local -> StorageKind.FILE);
    }

    private static boolean isLocal(String path, DriverCall call) {
        return path.startsWith("/")
                && call.hypervisor()
                        .files()
                        .mount(path)
                        .map(NodeFiles.Mount::type)
                        .filter(LocalFileSystems::contains)
                        .isPresent();
    }

    @Override
    public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
        return images.inspect(volumes, call);
    }

    @Override
    public List<VolumeState> examine(List<Volume> volumes, DriverCall call) {
        return images.examine(volumes, call);
    }

    @Override
    public void cut(List<Volume> volumes, SnapshotId id, DriverCall call) {
        images.cut(volumes, id, call);
    }

    @Override
    public void restore(List<Volume> volumes, SnapshotId id, DriverCall call) {
        images.restore(volumes, id, call);
    }

    @Override
    public void dropBitmaps(List<Volume> volumes, DriverCall call) {
        images.dropBitmaps(volumes, call);
    }

    @Override
    public void delete(List<Volume> volumes, SnapshotId id, DriverCall call) {
        images.delete(volumes, id, call);
    }

    @Override
    public void reclaim(List<Volume> volumes, DriverCall call) {
        images.reclaim(volumes, call);
    }

    @Override
    public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
        images.publish(volumes, copy, dropped, call);
    }

    @Override
    public RecordsCopy.Found published(List<Volume> volumes, DriverCall call) {
        return images.published(volumes, call);
    }

    @Override
    public void supersede(
            List<Volume> volumes, RecordsCopy copy, Set<String> stores, Set<SnapshotId> dropped, DriverCall call) {
        images.supersede(volumes, copy, stores, dropped, call);
    }

    @Override
    public List<Refusal> objectionsTo(
            List<Volume> volumes, Optional<SnapshotId> id, Map<String, String> destinations, DriverCall call) {
        return images.objectionsTo(volumes, id, destinations, place -> isLocal(place, call), call);
    }

    @Override
    public void copy(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        images.copy(volumes, id, destinations, call);
    }

    @Override
    public void reveal(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        images.reveal(volumes, id, destinations, call);
    }

    @Override
    public void discard(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        images.discard(volumes, id, destinations, call);
    }

    @Override
    public void handOver(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        images.handOver(volumes, id, destinations, call);
    }

    @Override
    public void release(List<Volume> volumes, DriverCall call) {
        images.release(volumes, call);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The host has copied the files as they are before; what is not there is {@code MISSING}.
     */
    @Override
    public void adopt(List<Volume> volumes, DriverCall call) {
        images.adopt(volumes, call);
    }

    @Override
    public String toString() {
        return "FileStorage";
    }
}
