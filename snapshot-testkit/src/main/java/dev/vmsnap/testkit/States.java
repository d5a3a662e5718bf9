package dev.vmsnap.testkit;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reports the states of the volumes of a storage in memory. Guarded by its datacenter. */
final class States {
    private final Datacenter datacenter;
    private final InMemoryStorage storage;
    private final String root;

    States(Datacenter datacenter, InMemoryStorage storage, String root) {
        this.datacenter = datacenter;
        this.storage = storage;
        this.root = root;
    }

    VolumeState of(Volume volume) {
        if (storage.isAway()) {
            return unknown(volume, Reason.UNREACHABLE);
        }
        Optional<InMemoryDisk> disk = datacenter.findDisk(volume.source());
        Optional<Reason> failing = disk.flatMap(InMemoryDisk::failing);
        if (failing.isPresent()) {
            return unknown(volume, failing.get());
        }
        return disk.<VolumeState>map(found -> seen(volume, found))
                .orElseGet(() -> new VolumeState.Absent(volume, Objections.absent(volume)));
    }

    private VolumeState.Unknown unknown(Volume volume, Reason reason) {
        return new VolumeState.Unknown(volume, Objections.unknown(volume, root, reason));
    }

    private VolumeState.Seen seen(Volume volume, InMemoryDisk disk) {
        Map<SnapshotId, VolumeState.Part> ours = new LinkedHashMap<>();
        List<String> foreign = new ArrayList<>();
        disk.snapshots().forEach(name -> ImageInfo.idOf(name)
                .ifPresentOrElse(snapshot -> ours.put(snapshot, part(disk, name, snapshot)), () -> foreign.add(name)));
        Volume sized = volume.withVirtualBytes(disk.virtualBytes());
        return new VolumeState.Seen(
                storage.inImage() ? sized.on(disk.chain()) : sized,
                root,
                storage.free(),
                storage.bytesOf(disk),
                ours,
                foreign,
                OptionalLong.of(snapshotBytes(disk)),
                disk.leakedBytes(),
                Objections.of(volume, disk, storage.inImage()),
                Objections.notices(volume, disk));
    }

    private long snapshotBytes(InMemoryDisk disk) {
        return disk.takenBytes() - disk.leakedBytes() + datacenter.ramPlaces().takenBytesBeside(disk.source());
    }

    private VolumeState.Part part(InMemoryDisk disk, String name, SnapshotId snapshot) {
        InMemoryDisk.Saved saved = disk.saved(name).orElseThrow();
        boolean inImage = storage.inImage();
        return new VolumeState.Part(
                saved.ramBytes() + datacenter.ramPlaces().keptBytes(disk.source(), snapshot),
                OptionalLong.of(inImage ? saved.takenBytes() : disk.usedOf(name)),
                OptionalLong.of(saved.takenBytes()),
                inImage ? OptionalLong.empty() : OptionalLong.of(saved.takenBytes()),
                disk.hasOverflown(name) ? Optional.of(Snapshot.Reason.OVERFLOWN) : Optional.empty());
    }
}
