package dev.vmsnap.storage.lvm;

import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What stands against copies of volumes, before anything is done. */
final class CopyObjections {
    // Names of copies do not depend on how long the id is.
    private static final SnapshotId ANY = SnapshotId.of("s".repeat(40));

    private final Scene scene;
    private final Room room;
    private final List<Refusal> found = new ArrayList<>();
    private final Map<String, Long> needed = new TreeMap<>();

    CopyObjections(Scene scene, Room room) {
        this.scene = scene;
        this.room = room;
    }

    List<Refusal> of(List<Volume> volumes, Optional<SnapshotId> id, Map<String, String> destinations) {
        for (Volume volume : volumes) {
            String place = destinations.getOrDefault(volume.target(), "");
            objectionTo(Scene.path(volume), place)
                    .ifPresentOrElse(
                            why -> found.add(new Refusal(
                                    Refusal.Code.DESTINATION_INVALID,
                                    "The copy of disk " + volume.target() + " cannot be " + place + ": " + why + ".",
                                    "Name a free volume in the volume group of the disk, as /dev/GROUP/NAME.",
                                    Map.of("disk", volume.target(), "destination", place))),
                            () -> count(scene.subject(Scene.path(volume)), id));
        }
        needed.forEach((group, extents) -> scene.report()
                .group(group)
                .filter(vg -> vg.freeExtents() < extents)
                .ifPresent(vg -> found.add(new Refusal(
                        Refusal.Code.NO_SPACE,
                        "The copies need " + extents * vg.extentBytes() + " bytes in volume group " + group + ", where "
                                + vg.freeBytes() + " are free.",
                        "Free space there.",
                        Map.of(
                                "store",
                                group,
                                "needed",
                                Long.toString(extents * vg.extentBytes()),
                                "free",
                                Long.toString(vg.freeBytes()))))));
        return List.copyOf(found);
    }

    private Optional<String> objectionTo(LvPath source, String place) {
        Optional<LvPath> path = LvPath.of(place);
        if (path.isEmpty() || !path.get().group().equals(source.group())) {
            return Optional.of("it is no volume in group " + source.group());
        }
        if (Names.isReserved(path.get().name())) {
            return Optional.of("such names are for snapshots");
        }
        if (!path.get().fitsTheKernel() || !Names.copy(path.get(), ANY).fitsTheKernel()) {
            return Optional.of("the name is too long");
        }
        return scene.report().find(path.get()).map(lv -> "it is there already");
    }

    /** In a thin pool a copy takes nothing; of the present state the snapshot that it is made from counts too. */
    private void count(Subject subject, Optional<SnapshotId> id) {
        if (subject.here().isEmpty() || subject.isThin()) {
            return;
        }
        Lv volume = subject.volume();
        VolumeGroup group = scene.group(subject.path());
        long bytes = id.flatMap(i -> Optional.ofNullable(subject.parts().get(i)))
                .map(Lv::originBytes)
                .filter(then -> then > 0)
                .orElse(volume.bytes());
        long snapshot = id.isPresent() ? 0 : room.extents(volume.bytes(), group);
        needed.merge(group.name(), group.extents(bytes) + snapshot, Long::sum);
    }
}
