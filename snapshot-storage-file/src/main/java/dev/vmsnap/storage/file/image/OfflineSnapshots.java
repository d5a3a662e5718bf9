package dev.vmsnap.storage.file.image;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.ImageInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes, restores and deletes snapshots inside the images of a VM that is off. Every image is looked at before the first
 * one is written to, and looked at again afterwards.
 */
final class OfflineSnapshots {
    private final QemuImg images;
    private final Reclamation reclamation;
    private final VolumeInspection inspection;

    OfflineSnapshots(QemuImg images, Reclamation reclamation, VolumeInspection inspection) {
        this.images = images;
        this.reclamation = reclamation;
        this.inspection = inspection;
    }

    void cut(List<Volume> volumes, SnapshotId id, DriverCall call) {
        Map<Volume, ImageFacts> before = readAll(volumes);
        before.forEach(OfflineSnapshots::requireRoomForSnapshots);
        if (before.values().stream().allMatch(facts -> facts.named(id).size() == 1)) {
            return;
        }
        // Some, but not all: an earlier attempt was interrupted, and only one instant for all disks will do.
        before.forEach((volume, facts) -> deleteAll(volume, facts, id));
        List<Volume> touched = new ArrayList<>();
        try {
            for (Volume volume : volumes) {
                if (call.cancelled()) {
                    throw new CancelledException("taking snapshot " + id);
                }
                touched.add(volume);
                images.create(volume, id);
                requireUnharmed(volume, before.get(volume), images.read(volume), id, 1);
                call.report((double) touched.size() / volumes.size());
            }
        } catch (DriverException | CancelledException failure) {
            takeBack(touched, id, failure);
            throw failure;
        }
    }

    void restore(List<Volume> volumes, SnapshotId id, DriverCall call) {
        Map<Volume, ImageFacts> before = readAll(volumes);
        before.forEach((volume, facts) -> requireRestorable(volume, facts, id));
        int done = 0;
        for (Volume volume : volumes) {
            images.apply(volume, id);
            requireUnharmed(volume, before.get(volume), images.read(volume), id, 1);
            done++;
            call.report((double) done / volumes.size());
        }
    }

    /** Deletes the snapshots of each volume, also if that fails on volumes beside it. */
    void delete(List<Volume> volumes, SnapshotId id, DriverCall call) {
        @Nullable DriverException first = null;
        int done = 0;
        for (Volume volume : volumes) {
            try {
                delete(volume, id);
            } catch (DriverException failure) {
                first = joined(first, failure);
            }
            done++;
            call.report((double) done / volumes.size());
        }
        if (first != null) {
            throw first;
        }
    }

    private void delete(Volume volume, SnapshotId id) {
        if (!volume.format().equals(ImageVolumes.QCOW2) || inspection.isAbsent(volume)) {
            return;
        }
        ImageFacts before = images.read(volume);
        boolean hadRam = before.named(id).stream().anyMatch(entry -> entry.ramBytes() > 0);
        boolean wasThere = !before.named(id).isEmpty();
        if (wasThere) {
            requireDeleted(volume, before, id);
        }
        // A snapshot with RAM that failed halfway has left no name, but its RAM.
        if ((hadRam || !wasThere)
                && before.dataFile().isEmpty()
                && !before.image().encrypted()) {
            reclamation.reclaimRam(volume);
        }
    }

    /** A command that failed may have done its work, and one that succeeded may not: the image itself says. */
    private void requireDeleted(Volume volume, ImageFacts before, SnapshotId id) {
        try {
            deleteAll(volume, before, id);
        } catch (DriverException failure) {
            try {
                requireUnharmed(volume, before, images.read(volume), id, 0);
                return;
            } catch (DriverException still) {
                failure.addSuppressed(still);
            }
            throw failure;
        }
        requireUnharmed(volume, before, images.read(volume), id, 0);
    }

    private void deleteAll(Volume volume, ImageFacts facts, SnapshotId id) {
        int times = facts.named(id).size();
        for (int i = 0; i < times; i++) {
            images.delete(volume, id);
        }
    }

    /** Leaves the images as they were; a cut that failed may have left clusters that nothing uses. */
    private void takeBack(List<Volume> touched, SnapshotId id, RuntimeException failure) {
        for (Volume volume : touched) {
            try {
                deleteAll(volume, images.read(volume), id);
                reclamation.reclaim(volume);
            } catch (DriverException stuck) {
                failure.addSuppressed(stuck);
            }
        }
    }

    private Map<Volume, ImageFacts> readAll(List<Volume> volumes) {
        Map<Volume, ImageFacts> facts = new LinkedHashMap<>();
        for (Volume volume : volumes) {
            if (!volume.format().equals(ImageVolumes.QCOW2)) {
                throw broken(volume, "is not a qcow2 image");
            }
            if (inspection.isAbsent(volume)) {
                throw new DriverException(
                        ImageVolumes.DRIVER,
                        Reason.MISSING,
                        Objections.absent(volume).message());
            }
            ImageFacts seen = images.read(volume);
            if (seen.image().corrupt()) {
                throw broken(volume, "is marked corrupt");
            }
            facts.put(volume, seen);
        }
        return facts;
    }

    private static void requireRoomForSnapshots(Volume volume, ImageFacts facts) {
        if (facts.dataFile().isPresent()) {
            throw broken(volume, "keeps its data in another file and cannot hold snapshots");
        }
        if (facts.image().encrypted()) {
            throw broken(volume, "is encrypted and cannot be opened without its key");
        }
    }

    private static void requireRestorable(Volume volume, ImageFacts facts, SnapshotId id) {
        int times = facts.named(id).size();
        if (times == 0) {
            throw new DriverException(
                    ImageVolumes.DRIVER, Reason.MISSING, "disk " + volume.target() + " holds no snapshot " + id);
        }
        if (times > 1) {
            throw broken(volume, "holds " + times + " snapshots under the name of " + id);
        }
        if (!facts.image().bitmaps().isEmpty()) {
            throw broken(volume, "has persistent dirty bitmaps, which forbid going back to a snapshot");
        }
    }

    private static void requireUnharmed(
            Volume volume, @Nullable ImageFacts before, ImageFacts after, SnapshotId id, int times) {
        if (after.image().corrupt() || after.named(id).size() != times) {
            throw broken(
                    volume,
                    "holds " + after.named(id).size() + " snapshots " + id + " and not " + times + " as it should");
        }
        Set<String> others = before == null ? Set.of() : before.names();
        String tag = ImageInfo.tag(id);
        for (String other : others) {
            if (!other.equals(tag) && !after.names().contains(other)) {
                throw broken(volume, "has lost another snapshot");
            }
        }
    }

    private static DriverException joined(@Nullable DriverException first, DriverException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }

    private static DriverException broken(Volume volume, String what) {
        return new DriverException(ImageVolumes.DRIVER, Reason.BROKEN, "disk " + volume.target() + " " + what);
    }
}
