package dev.vmsnap.tck;

import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Hands every call on to a sound driver; what is broken overrides it. */
class StorageFront
        implements StorageDriver,
                StorageDriver.RamBeside,
                StorageDriver.Portable,
                StorageDriver.Cloning,
                StorageDriver.Rebuilding {
    final StorageDriver sound;

    StorageFront(StorageDriver sound) {
        this.sound = sound;
    }

    final boolean holds(Volume volume, SnapshotId snapshot, DriverCall call) {
        return sound.inspect(List.of(volume), call)
                .get(0)
                .asSeen()
                .flatMap(state -> state.part(snapshot))
                .isPresent();
    }

    @Override
    public String id() {
        return sound.id();
    }

    @Override
    public Set<Trait> traits() {
        return sound.traits();
    }

    @Override
    public Optional<StorageKind> claim(VmDescription.Disk disk, DriverCall call) {
        return sound.claim(disk, call);
    }

    @Override
    public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
        return sound.inspect(volumes, call);
    }

    @Override
    public void prepare(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        sound.prepare(volumes, snapshot, call);
    }

    @Override
    public void cut(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        sound.cut(volumes, snapshot, call);
    }

    @Override
    public void restore(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        sound.restore(volumes, snapshot, call);
    }

    @Override
    public void delete(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        sound.delete(volumes, snapshot, call);
    }

    @Override
    public void reclaim(List<Volume> volumes, DriverCall call) {
        sound.reclaim(volumes, call);
    }

    @Override
    public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
        sound.publish(volumes, copy, dropped, call);
    }

    @Override
    public RecordsCopy.Found published(List<Volume> volumes, DriverCall call) {
        return ((Rebuilding) sound).published(volumes, call);
    }

    @Override
    public void takeOver(List<Volume> volumes, String store, Set<SnapshotId> snapshots, DriverCall call) {
        ((Rebuilding) sound).takeOver(volumes, store, snapshots, call);
    }

    @Override
    public void supersede(
            List<Volume> volumes, RecordsCopy copy, Set<String> stores, Set<SnapshotId> dropped, DriverCall call) {
        ((Rebuilding) sound).supersede(volumes, copy, stores, dropped, call);
    }

    @Override
    public void reserveRam(List<Volume> volumes, SnapshotId snapshot, long bytes, DriverCall call) {
        ram().reserveRam(volumes, snapshot, bytes, call);
    }

    @Override
    public String openRam(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        return ram().openRam(volumes, snapshot, call);
    }

    @Override
    public void keepRam(List<Volume> volumes, SnapshotId snapshot, long bytes, DriverCall call) {
        ram().keepRam(volumes, snapshot, bytes, call);
    }

    @Override
    public void closeRam(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
        ram().closeRam(volumes, snapshot, call);
    }

    @Override
    public void release(List<Volume> volumes, DriverCall call) {
        ((Portable) sound).release(volumes, call);
    }

    @Override
    public void adopt(List<Volume> volumes, DriverCall call) {
        ((Portable) sound).adopt(volumes, call);
    }

    @Override
    public List<Refusal> objectionsTo(
            List<Volume> volumes, Optional<SnapshotId> snapshot, Map<String, String> places, DriverCall call) {
        return copies().objectionsTo(volumes, snapshot, places, call);
    }

    @Override
    public void copy(List<Volume> volumes, SnapshotId snapshot, Map<String, String> places, DriverCall call) {
        copies().copy(volumes, snapshot, places, call);
    }

    @Override
    public void reveal(List<Volume> volumes, SnapshotId snapshot, Map<String, String> places, DriverCall call) {
        copies().reveal(volumes, snapshot, places, call);
    }

    @Override
    public void discard(List<Volume> volumes, SnapshotId snapshot, Map<String, String> places, DriverCall call) {
        copies().discard(volumes, snapshot, places, call);
    }

    @Override
    public void handOver(List<Volume> volumes, SnapshotId snapshot, Map<String, String> places, DriverCall call) {
        copies().handOver(volumes, snapshot, places, call);
    }

    final Cloning copies() {
        return (Cloning) sound;
    }

    final RamBeside ram() {
        return (RamBeside) sound;
    }
}
