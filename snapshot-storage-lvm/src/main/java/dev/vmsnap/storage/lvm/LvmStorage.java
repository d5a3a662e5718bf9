package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
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
        implements StorageDriver,
                StorageDriver.RamBeside,
                StorageDriver.Portable,
                StorageDriver.Cloning,
                StorageDriver.Rebuilding {
    static final String ID = "lvm";

    private static final Limits LIMITS = new Limits(Duration.ofMinutes(5), Duration.ofSeconds(30));

    private final Groups groups;
    private final Room room;
    private final Limits limits;
    private final Merge.Pause pause;
    private final Preparations preparations = new Preparations();

    LvmStorage(Groups groups, Room room, Limits limits, Merge.Pause pause) {
        this.groups = groups;
        this.room = room;
        this.limits = limits;
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
        return new LvmStorage(new Groups(Map.of()), Room.FULL, LIMITS, time -> Thread.sleep(time.toMillis()));
    }

    /**
     * Returns this driver with one more group, as {@link #inVolumeGroup}.
     *
     * @param name the group's name, not yet one of this driver's
     * @return the changed copy
     */
    public LvmStorage andVolumeGroup(String name) {
        return new LvmStorage(groups.with(name, StorageKind.LOCAL_LVM), room, limits, pause);
    }

    /**
     * Returns this driver with one more group, as {@link #inSharedVolumeGroup}.
     *
     * @param name the group's name, not yet one of this driver's
     * @return the changed copy
     */
    public LvmStorage andSharedVolumeGroup(String name) {
        return new LvmStorage(groups.with(name, StorageKind.NETWORK_LVM), room, limits, pause);
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
        return new LvmStorage(groups, new Room(percent), limits, pause);
    }

    /**
     * Returns this driver with another time limit.
     *
     * @param limit how long the commands of one verb may take, longer than zero; copying of data gets as much more as
     *     slow disks need for it
     * @return the changed copy
     */
    public LvmStorage withTimeout(Duration limit) {
        return new LvmStorage(groups, room, limits.withTimeout(limit), pause);
    }

    /**
     * Returns this driver with another deadline for inspections. A device on the node that does not answer keeps LVM from
     * reporting anything; after this time the driver reports that nothing is known.
     *
     * @param limit how long one report of LVM's may take, longer than zero; 30 seconds unless set
     * @return the changed copy
     */
    public LvmStorage withDeadline(Duration limit) {
        return new LvmStorage(groups, room, limits.withDeadline(limit), pause);
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public Set<Trait> traits() {
        return Set.of(Trait.HOLD_TO_CUT_SEVERAL, Trait.RAM_BESIDE, Trait.PORTABLE, Trait.CLONE, Trait.REBUILD);
    }

    @Override
    public Set<String> programs() {
        return Set.of("sh", "lvm", "blkdiscard", "flock", "readlink", "stat", "timeout", "dd", "qemu-img");
    }

    @Override
    public Optional<StorageKind> claim(VmDescription.Disk disk, DriverCall call) {
        if (disk.device() != VmDescription.Device.DISK || disk.type() != VmDescription.SourceType.BLOCK) {
            return Optional.empty();
        }
        return disk.source().flatMap(source -> sources().kind(source, call));
    }

    @Override
    public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
        return inspection(call).inspect(volumes, false, call);
    }

    @Override
    public List<VolumeState> examine(List<Volume> volumes, DriverCall call) {
        return inspection(call).inspect(volumes, true, call);
    }

    @Override
    public void prepare(List<Volume> volumes, SnapshotId id, DriverCall call) {
        Work work = work(volumes, call);
        work.cut(room, preparations).prepare(work.paths(), id);
    }

    @Override
    public void cut(List<Volume> volumes, SnapshotId id, DriverCall call) {
        Work work = work(volumes, call);
        work.cut(room, preparations).cut(work.paths(), id, call);
    }

    @Override
    public void restore(List<Volume> volumes, SnapshotId id, DriverCall call) {
        requireOff(call);
        Work work = work(volumes, call);
        work.restore().restore(work.paths(), id, call);
    }

    @Override
    public void delete(List<Volume> volumes, SnapshotId id, DriverCall call) {
        Work work = work(volumes, call);
        work.deletion().delete(work.paths(), id, call);
    }

    @Override
    public void reclaim(List<Volume> volumes, DriverCall call) {
        requireOff(call);
        Work work = work(volumes, call);
        work.deletion().reclaim(work.paths());
    }

    @Override
    public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
        if (volumes.isEmpty()) {
            return;
        }
        Work work = work(volumes, call);
        work.records().publish(work.paths(), copy, dropped, () -> inspect(volumes, call));
    }

    @Override
    public RecordsCopy.Found published(List<Volume> volumes, DriverCall call) {
        Work work = work(volumes, call);
        return work.records().published(work.paths());
    }

    @Override
    public void takeOver(List<Volume> volumes, String store, Set<SnapshotId> snapshots, DriverCall call) {
        Work work = work(volumes, call);
        new Takeover(work.lvm(), groups).run(work.paths(), store, snapshots);
    }

    @Override
    public void supersede(
            List<Volume> volumes, RecordsCopy copy, Set<String> stores, Set<SnapshotId> dropped, DriverCall call) {
        Work work = work(volumes, call);
        work.records().supersede(work.paths(), copy, stores, dropped);
    }

    @Override
    public void reserveRam(List<Volume> volumes, SnapshotId id, long bytes, DriverCall call) {
        Work work = work(volumes, call);
        work.ram().reserve(work.paths(), id, bytes);
    }

    @Override
    public String openRam(List<Volume> volumes, SnapshotId id, DriverCall call) {
        Work work = work(volumes, call);
        return work.ram().open(work.paths(), id);
    }

    @Override
    public void keepRam(List<Volume> volumes, SnapshotId id, long bytes, DriverCall call) {
        Work work = work(volumes, call);
        work.ram().keep(work.paths(), id, bytes);
    }

    @Override
    public void closeRam(List<Volume> volumes, SnapshotId id, DriverCall call) {
        Work work = work(volumes, call);
        work.ram().close(work.paths(), id);
    }

    @Override
    public void release(List<Volume> volumes, DriverCall call) {
        requireOff(call);
        Work work = work(volumes, call);
        work.handover().release(work.paths());
    }

    @Override
    public void adopt(List<Volume> volumes, DriverCall call) {
        requireOff(call);
        Work work = work(volumes, call);
        work.handover().adopt(work.paths());
    }

    @Override
    public List<Refusal> objectionsTo(
            List<Volume> volumes, Optional<SnapshotId> id, Map<String, String> destinations, DriverCall call) {
        Work work = work(volumes, call);
        Scene scene = Scene.look(work.lvm(), work.paths());
        return new CopyObjections(scene, room).of(work.volumes(), id, destinations);
    }

    @Override
    public void copy(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        Work work = work(volumes, call);
        work.copies().copy(work.volumes(), id, destinations, call);
    }

    @Override
    public void reveal(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        Work work = work(volumes, call);
        work.copies().reveal(work.volumes(), id, destinations);
    }

    @Override
    public void discard(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        Work work = work(volumes, call);
        work.copies().discard(work.volumes(), id, destinations);
    }

    @Override
    public void handOver(List<Volume> volumes, SnapshotId id, Map<String, String> destinations, DriverCall call) {
        Work work = work(volumes, call);
        work.copies().handOver(work.volumes(), id, destinations);
    }

    @Override
    public String toString() {
        return "LvmStorage" + groups.kinds().keySet().stream().sorted().toList();
    }

    boolean hasGroups() {
        return !groups.kinds().isEmpty();
    }

    private Inspection inspection(DriverCall call) {
        return new Inspection(plain -> lvm(plain, call), sources(), groups, room);
    }

    private Sources sources() {
        return new Sources(groups, limits.deadline());
    }

    private Work work(List<Volume> volumes, DriverCall call) {
        List<Volume> plain = sources().plain(volumes, call);
        return new Work(plain, lvm(plain, call), groups, pause);
    }

    private Lvm lvm(List<Volume> plain, DriverCall call) {
        return new Lvm(call.hypervisor().commands(), limits, Owner.of(call), Identities.of(plain));
    }

    private static void requireOff(DriverCall call) {
        if (call.vm().power().isActive()) {
            throw new DriverException(
                    ID, Reason.IN_USE, "VM " + call.vm().id() + " is active, so its volumes are the hypervisor's");
        }
    }
}
