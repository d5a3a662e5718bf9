package dev.vmsnap.testkit;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The hypervisor's work on the images of its VMs. Guarded by its datacenter. */
final class Images {
    private static final String ID = "in-memory";
    private static final String FORMAT = "qcow2";
    private static final long BYTES_SAVED_EACH_MILLISECOND = 10L << 20;

    private final Datacenter datacenter;

    Images(Datacenter datacenter) {
        this.datacenter = datacenter;
    }

    List<ImageInfo> list(InMemoryVm vm) {
        return vm.disks().stream()
                .filter(Images::holdsSnapshots)
                .flatMap(disk -> disk.source().flatMap(datacenter::findDisk).stream()
                        .map(found -> found.image(disk.target(), FORMAT)))
                .toList();
    }

    void requireStartable(InMemoryVm vm) {
        for (Disk disk : vm.disks()) {
            if (disk.source().isPresent()
                    && datacenter.findDisk(disk.source().get()).isEmpty()) {
                throw failure(Reason.MISSING, disk.source().get() + " is missing");
            }
        }
    }

    void cut(InMemoryVm vm, List<Volume> volumes, SnapshotId id) {
        List<InMemoryDisk> disks = disksOf(vm, volumes);
        requireNew(disks, id);
        requireRoom(disks, disks.size() * InMemoryDisk.SNAPSHOT_BYTES);
        disks.forEach(disk -> disk.save(ImageInfo.tag(id), InMemoryDisk.SNAPSHOT_BYTES, Optional.empty(), 0));
    }

    void delete(InMemoryVm vm, List<Volume> volumes, SnapshotId id, Runnable halfway) {
        requireOwn(vm, volumes);
        Parts.each(volumes, halfway, volume -> datacenter
                .findDisk(volume.source())
                .ifPresent(disk -> disk.drop(ImageInfo.tag(id))));
    }

    /** Frees leaks as QEMU can: by disks that are larger for a while. */
    void reclaim(InMemoryVm vm, List<Volume> volumes, Runnable halfway) {
        List<InMemoryDisk> disks = disksOf(vm, volumes);
        List<Long> sizes = new ArrayList<>();
        for (int i = 0; i < disks.size(); i++) {
            sizes.add(volumes.get(i).virtualBytes().orElse(disks.get(i).virtualBytes()));
            disks.get(i).resize(sizes.get(i) + vm.definition().memoryBytes());
        }
        try {
            halfway.run();
            disks.forEach(disk -> disk.leak(0));
        } catch (DriverException failed) {
            shrink(disks, sizes);
            throw failed;
        }
        shrink(disks, sizes);
    }

    private static void shrink(List<InMemoryDisk> disks, List<Long> sizes) {
        for (int i = 0; i < disks.size(); i++) {
            disks.get(i).resize(sizes.get(i));
        }
    }

    /** Saves RAM and disks, and returns how long that takes. Without enough room the room is gone until reclaimed. */
    Duration save(InMemoryVm vm, List<Volume> volumes, SnapshotId id) {
        List<InMemoryDisk> disks = disksOf(vm, volumes);
        requireNew(disks, id);
        requireAllWritable(vm, volumes);
        long ramBytes = vm.definition().memoryBytes();
        Duration pause = timeToSave(ramBytes);
        datacenter.advance(pause);
        InMemoryDisk first = disks.get(0);
        try {
            requireRoom(disks, ramBytes + disks.size() * InMemoryDisk.SNAPSHOT_BYTES);
        } catch (DriverException full) {
            first.leak(first.leakedBytes() + datacenter.free(datacenter.rootOf(first.source())));
            throw full;
        }
        for (InMemoryDisk disk : disks) {
            boolean takesRam = disk == first;
            disk.save(
                    ImageInfo.tag(id),
                    InMemoryDisk.SNAPSHOT_BYTES + (takesRam ? ramBytes : 0),
                    takesRam ? Optional.of(vm.ram()) : Optional.empty(),
                    takesRam ? ramBytes : 0);
        }
        return pause;
    }

    /** Returns the saved RAM of a snapshot whose parts are all there and usable. */
    String requireRestorable(List<Volume> volumes, SnapshotId id) {
        for (Volume volume : volumes) {
            InMemoryDisk disk = require(volume);
            if (!disk.has(ImageInfo.tag(id))) {
                throw failure(Reason.MISSING, volume.source() + " has no snapshot " + id);
            }
            if (!disk.bitmaps().isEmpty() || disk.isCorrupt()) {
                throw failure(Reason.BROKEN, volume.source() + " cannot go back: bitmaps, or corrupt");
            }
        }
        return volumes.stream()
                .flatMap(volume -> require(volume).saved(ImageInfo.tag(id)).stream())
                .flatMap(saved -> saved.ram().stream())
                .findFirst()
                .orElseThrow(() -> failure(Reason.MISSING, "snapshot " + id + " has no RAM"));
    }

    void restore(List<Volume> volumes, SnapshotId id) {
        volumes.forEach(volume -> require(volume).rollBack(ImageInfo.tag(id)));
    }

    static Duration timeToSave(long ramBytes) {
        return Duration.ofMillis(1 + ramBytes / BYTES_SAVED_EACH_MILLISECOND);
    }

    private void requireRoom(List<InMemoryDisk> disks, long bytes) {
        for (InMemoryDisk disk : disks) {
            String root = datacenter.rootOf(disk.source());
            if (datacenter.free(root) < bytes) {
                throw failure(Reason.NO_SPACE, "no space left on " + root);
            }
        }
    }

    private List<InMemoryDisk> disksOf(InMemoryVm vm, List<Volume> volumes) {
        if (volumes.isEmpty()) {
            throw new IllegalArgumentException("no volumes");
        }
        requireOwn(vm, volumes);
        return volumes.stream().map(this::require).toList();
    }

    private InMemoryDisk require(Volume volume) {
        return datacenter
                .findDisk(volume.source())
                .orElseThrow(() -> failure(Reason.MISSING, volume.source() + " is missing"));
    }

    private static void requireOwn(InMemoryVm vm, List<Volume> volumes) {
        for (Volume volume : volumes) {
            boolean own = vm.disks().stream()
                    .anyMatch(disk -> disk.target().equals(volume.target())
                            && disk.source().filter(volume.source()::equals).isPresent());
            if (!own || !volume.format().equals(FORMAT)) {
                throw new IllegalArgumentException(
                        vm.id() + " has no " + FORMAT + " disk " + volume.target() + " at " + volume.source());
            }
        }
    }

    private static void requireNew(List<InMemoryDisk> disks, SnapshotId id) {
        if (disks.stream().anyMatch(disk -> disk.has(ImageInfo.tag(id)))) {
            throw failure(Reason.BROKEN, "there is a snapshot " + id + " already");
        }
    }

    private static void requireAllWritable(InMemoryVm vm, List<Volume> volumes) {
        Set<String> writable = vm.disks().stream()
                .filter(disk -> disk.device() == Device.DISK && !disk.is(VmDescription.Disk.Flag.READ_ONLY))
                .map(Disk::target)
                .collect(Collectors.toSet());
        Set<String> given = volumes.stream().map(Volume::target).collect(Collectors.toSet());
        if (!writable.equals(given)) {
            throw new IllegalArgumentException("RAM is saved with all writable disks " + writable + ", not " + given);
        }
    }

    private static boolean holdsSnapshots(Disk disk) {
        return disk.device() == Device.DISK
                && disk.format().filter(FORMAT::equals).isPresent();
    }

    private static DriverException failure(Reason reason, String message) {
        return new DriverException(ID, reason, message);
    }
}
