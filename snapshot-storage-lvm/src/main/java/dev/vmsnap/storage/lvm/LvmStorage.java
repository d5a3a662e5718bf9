package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.manifest.Manifest;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VolumeState;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Snapshots of disks that are logical volumes: each snapshot is a logical volume too, in the same volume group. The
 * engine holds a running guest while they are taken, all of them by one process on the node. A volume in a thin pool gets
 * thin snapshots, which grow with the pool; any other gets snapshots with room of their own, by default so much that
 * they cannot overflow.
 *
 * <p>It owns disks whose source is {@code /dev/GROUP/VOLUME} or {@code /dev/mapper/GROUP-VOLUME} in a group that it was
 * told of. What it makes bears a name made of ids and a tag that says whose it is, and only what bears both is ever
 * changed or removed.
 *
 * <p><b>Restoring.</b> A thin volume changes places with a new one that begins as the snapshot. Into any other volume the
 * snapshot is merged, which consumes it, and it is made again at once; meanwhile the volume has another name, so that no
 * VM can start from it. Interrupted at any instant, the restore is finished by asking again, or by {@link #reclaim}, or
 * given up by deleting that snapshot. Restoring a volume that was resized since brings its old size back where it is
 * thin, and is not possible otherwise.
 *
 * <p><b>RAM</b> gets a logical volume of its own beside the first disk, which is overwritten before it is removed. It and
 * the copy of the records, in a small logical volume too, are readable by whoever may read the node's disks.
 *
 * <p><b>Copies</b> are made in the volume group of the disk, in a thin pool at once, elsewhere by {@code qemu-img}, and
 * stay active on the node.
 *
 * <p>Immutable but for what shortens the next cut, and thread-safe.
 */
public final class LvmStorage
        implements StorageDriver, StorageDriver.RamBeside, StorageDriver.Portable, StorageDriver.Cloning {
    static final String ID = "lvm";

    private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(5);

    private final Groups groups;
    private final Room room;
    private final Duration timeout;
    private final Clock clock;
    private final Merge.Pause pause;
    private final Preparations preparations = new Preparations();

    LvmStorage(Groups groups, Room room, Duration timeout, Clock clock, Merge.Pause pause) {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("a timeout is longer than nothing");
        }
        this.groups = groups;
        this.room = room;
        this.timeout = timeout;
        this.clock = clock;
        this.pause = pause;
    }

    /**
     * Makes the driver for a volume group that one node has for itself. Each node may have a group of that name.
     *
     * @param name the group's name
     * @return the driver
     * @throws IllegalArgumentException if no group can be called like that
     */
    public static LvmStorage inVolumeGroup(String name) {
        return empty().andVolumeGroup(name);
    }

    /**
     * Makes the driver for a volume group that several nodes share by {@code lvmlockd}.
     *
     * @param name the group's name
     * @return the driver
     * @throws IllegalArgumentException if no group can be called like that
     */
    public static LvmStorage inSharedVolumeGroup(String name) {
        return empty().andSharedVolumeGroup(name);
    }

    static LvmStorage empty() {
        return new LvmStorage(
                new Groups(Map.of()),
                Room.FULL,
                DEFAULT_TIMEOUT,
                Clock.systemUTC(),
                time -> Thread.sleep(time.toMillis()));
    }

    /**
     * Returns this driver with one more group, as {@link #inVolumeGroup}.
     *
     * @param name the group's name, not yet one of this driver's
     * @return the changed copy
     */
    public LvmStorage andVolumeGroup(String name) {
        return new LvmStorage(groups.with(name, StorageKind.LOCAL_LVM), room, timeout, clock, pause);
    }

    /**
     * Returns this driver with one more group, as {@link #inSharedVolumeGroup}.
     *
     * @param name the group's name, not yet one of this driver's
     * @return the changed copy
     */
    public LvmStorage andSharedVolumeGroup(String name) {
        return new LvmStorage(groups.with(name, StorageKind.NETWORK_LVM), room, timeout, clock, pause);
    }

    /**
     * Returns this driver with other room for snapshots outside thin pools. With less than 100 percent a snapshot whose
     * volume changes by more than that loses its content: watch them, or let {@code dmeventd} extend them.
     *
     * @param percent of the volume's size, 1 to 100; 100 stands for so much that no snapshot can overflow, which is a
     *     little more than the volume
     * @return the changed copy
     */
    public LvmStorage snapshotSize(int percent) {
        return new LvmStorage(groups, new Room(percent), timeout, clock, pause);
    }

    /**
     * Returns this driver with another time limit.
     *
     * @param limit how long the commands of one verb may take, longer than zero; copying of data gets as much more as
     *     slow disks need for it
     * @return the changed copy
     */
    public LvmStorage withTimeout(Duration limit) {
        return new LvmStorage(groups, room, limit, clock, pause);
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public Set<Trait> traits() {
        return Set.of(Trait.HOLD_TO_CUT, Trait.RAM_BESIDE, Trait.PORTABLE, Trait.CLONE);
    }

    @Override
    public Optional<StorageKind> claim(VmDescription.Disk disk, DriverCall call) {
        if (disk.device() != VmDescription.Device.DISK || disk.type() != VmDescription.SourceType.BLOCK) {
            return Optional.empty();
        }
        return disk.source().flatMap(LvPath::of).flatMap(groups::kind);
    }

    @Override
    public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
        return new Inspection(lvm(call), groups, room).inspect(volumes, false, call);
    }

    @Override
    public List<VolumeState> examine(List<Volume> volumes, DriverCall call) {
        return new Inspection(lvm(call), groups, room).inspect(volumes, true, call);
    }

    @Override
    public void prepare(List<Volume> volumes, SnapshotId id, DriverCall call) {
        new Cut(lvm(call), groups, room, preparations).prepare(Scene.paths(volumes), id);
    }

    @Override
    public void cut(List<Volume> volumes, SnapshotId id, DriverCall call) {
        new Cut(lvm(call), groups, room, preparations).cut(Scene.paths(volumes), id, call);
    }

    @Override
    public void restore(List<Volume> volumes, SnapshotId id, DriverCall call) {
        requireOff(call);
        Lvm lvm = lvm(call);
        new Restore(lvm, groups, settlement(lvm)).restore(Scene.paths(volumes), id, call);
    }

    @Override
    public void delete(List<Volume> volumes, SnapshotId id, DriverCall call) {
        deletion(lvm(call)).delete(Scene.paths(volumes), id, call);
    }

    @Override
    public void reclaim(List<Volume> volumes, DriverCall call) {
        requireOff(call);
        deletion(lvm(call)).reclaim(Scene.paths(volumes));
    }

    @Override
    public void publish(
            List<Volume> volumes, VmRecord record, Map<SnapshotId, VmConfiguration> configurations, DriverCall call) {
        if (volumes.isEmpty()) {
            return;
        }
        Lvm lvm = lvm(call);
        Records records = new Records(lvm, groups, new RamPlace(lvm, groups));
        if (record.tree().isEmpty()) {
            records.remove(Scene.paths(volumes));
        } else {
            Manifest manifest = new Manifest(clock.instant(), record, configurations);
            records.write(Scene.paths(volumes), manifest.text());
        }
    }

    @Override
    public void reserveRam(List<Volume> volumes, SnapshotId id, long bytes, DriverCall call) {
        new RamPlace(lvm(call), groups).reserve(Scene.paths(volumes), id, bytes);
    }

    @Override
    public String openRam(List<Volume> volumes, SnapshotId id, DriverCall call) {
        return new RamPlace(lvm(call), groups).open(Scene.paths(volumes), id);
    }

    @Override
    public void keepRam(List<Volume> volumes, SnapshotId id, long bytes, DriverCall call) {
        new RamPlace(lvm(call), groups).keep(Scene.paths(volumes), id, bytes);
    }

    @Override
    public void closeRam(List<Volume> volumes, SnapshotId id, DriverCall call) {
        new RamPlace(lvm(call), groups).close(Scene.paths(volumes), id);
    }

    @Override
    public void release(List<Volume> volumes, DriverCall call) {
        requireOff(call);
        handover(call).release(Scene.paths(volumes));
    }

    @Override
    public void adopt(List<Volume> volumes, DriverCall call) {
        requireOff(call);
        handover(call).adopt(Scene.paths(volumes));
    }

    @Override
    public List<Refusal> objectionsTo(
            List<Volume> volumes, Optional<SnapshotId> id, Map<String, String> destinations, DriverCall call) {
        Scene scene = Scene.look(lvm(call), Scene.paths(volumes));
        return new CopyObjections(scene, room).of(volumes, id, destinations);
    }

    @Override
    public void copy(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        new Copies(lvm(call), groups).copy(volumes, id, destinations, call);
    }

    @Override
    public void reveal(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        new Copies(lvm(call), groups).reveal(volumes, id, destinations);
    }

    @Override
    public void discard(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        new Copies(lvm(call), groups).discard(volumes, id, destinations);
    }

    @Override
    public void handOver(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        new Copies(lvm(call), groups).handOver(volumes, id, destinations);
    }

    @Override
    public String toString() {
        return "LvmStorage" + groups.kinds().keySet().stream().sorted().toList();
    }

    boolean hasGroups() {
        return !groups.kinds().isEmpty();
    }

    private Handover handover(DriverCall call) {
        Lvm lvm = lvm(call);
        return new Handover(lvm, groups, settlement(lvm));
    }

    private Deletion deletion(Lvm lvm) {
        return new Deletion(lvm, groups, settlement(lvm), new RamPlace(lvm, groups));
    }

    private Settlement settlement(Lvm lvm) {
        return new Settlement(lvm, groups, new Merge(lvm, groups, pause));
    }

    private Lvm lvm(DriverCall call) {
        return new Lvm(call.hypervisor().commands(), timeout, Owner.of(call));
    }

    private static void requireOff(DriverCall call) {
        if (call.vm().power().isActive()) {
            throw new DriverException(
                    ID, Reason.IN_USE, "VM " + call.vm().id() + " is active, so its volumes are the hypervisor's");
        }
    }
}
