package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * RAM in a logical volume of its own, beside the first volume of a VM: in its thin pool, or in its group. It is active
 * only while it is written or read.
 */
final class RamPlace {
    private final Lvm lvm;
    private final Groups groups;

    RamPlace(Lvm lvm, Groups groups) {
        this.lvm = lvm;
        this.groups = groups;
    }

    void reserve(List<LvPath> volumes, SnapshotId id, long bytes) {
        Scene scene = Scene.lookToChange(lvm, volumes);
        Subject first = scene.subject(volumes.get(0));
        LvPath path = Names.ram(first.path(), id);
        VolumeGroup group = scene.group(path);
        long extents = Math.max(1, group.extents(bytes));
        Optional<Lv> there = scene.report().find(path);
        if (there.isPresent() && first.ram().get(id) == null) {
            throw LvmFailure.of(Reason.BROKEN, path + " is there already and is not ours");
        }
        long missing = extents - there.map(lv -> group.extents(lv.bytes())).orElse(0L);
        if (missing <= 0) {
            return;
        }
        Lv volume = first.volume();
        if (!path.fitsTheKernel()) {
            throw LvmFailure.of(Reason.BROKEN, "the name of " + first.path() + " is too long for RAM beside it");
        }
        requireRoom(scene, volume, group, missing);
        Script script = new Script(groups);
        Possession possession = Possession.of(first, groups).take(script);
        if (there.isPresent()) {
            script.add("lvextend", "-y", "-l", Long.toString(extents), path.toString());
        } else {
            create(script, path, volume, extents * group.extentBytes(), scene.owner());
        }
        possession.letGo(script);
        lvm.run("reserve space for the RAM of snapshot " + id, script.commands());
    }

    private static void requireRoom(Scene scene, Lv volume, VolumeGroup group, long extents) {
        Optional<Lv> pool = scene.pool(volume);
        if (volume.isThin()) {
            Pools.requireHealthy(scene, volume);
        }
        long free = pool.map(p -> Pools.freeBytes(p) / group.extentBytes()).orElse(group.freeExtents());
        if (free < extents) {
            throw LvmFailure.of(
                    Reason.NO_SPACE,
                    "insufficient free space in "
                            + pool.map(p -> "thin pool " + p.path()).orElse("volume group " + group.name())
                            + " for RAM: " + extents + " extents are needed, and " + free + " are free");
        }
    }

    private static void create(Script script, LvPath path, Lv volume, long bytes, Owner owner) {
        if (volume.isThin()) {
            script.add(
                    "lvcreate",
                    "-y",
                    "-an",
                    "-ky",
                    "-V",
                    bytes + "b",
                    "-T",
                    "-n",
                    path.name(),
                    "--addtag",
                    owner.tag(),
                    path.group() + "/" + volume.pool());
        } else {
            script.add(
                    "lvcreate",
                    "-y",
                    "-an",
                    "-ky",
                    "-Zn",
                    "-Wn",
                    "-L",
                    bytes + "b",
                    "-n",
                    path.name(),
                    "--addtag",
                    owner.tag(),
                    path.group());
        }
    }

    /** Makes the disks ready too: a VM whose RAM is read starts from them. */
    String open(List<LvPath> volumes, SnapshotId id) {
        Scene scene = Scene.lookToChange(lvm, volumes);
        Lv place = require(scene, id);
        Script script = new Script(groups);
        scene.subjects().stream()
                .flatMap(subject -> subject.here().stream())
                .filter(disk -> !disk.isActive())
                .forEach(disk -> script.activate(disk.path()));
        if (!place.isActive() || groups.isShared(place.path().group())) {
            script.activate(place.path());
        }
        lvm.run("open the RAM of snapshot " + id, script.commands());
        if (!script.isEmpty()) {
            Scene open = Scene.lookToChange(lvm, volumes);
            open.requireActive(List.of(place.path()));
            open.requireActive(volumes);
        }
        return place.path().device();
    }

    void keep(List<LvPath> volumes, SnapshotId id, long bytes) {
        Scene scene = Scene.lookToChange(lvm, volumes);
        Lv place = require(scene, id);
        VolumeGroup group = scene.group(place.path());
        if (bytes > place.bytes()) {
            throw LvmFailure.of(
                    Reason.BROKEN,
                    bytes + " bytes of RAM cannot be in " + place.path() + ", which has " + place.bytes());
        }
        long extents = Math.max(1, group.extents(bytes));
        Script script = new Script(groups);
        if (extents < group.extents(place.bytes())) {
            script.add(
                    "lvreduce",
                    "-fy",
                    "-l",
                    Long.toString(extents),
                    place.path().toString());
        }
        List<String> old = Subject.marks(place).stream()
                .filter(tag -> !Owner.in(List.of(tag)).isPresent())
                .toList();
        script.untag(place.path(), old).tag(place.path(), List.of(Lv.ramTag(bytes)));
        if (place.isActive()) {
            script.deactivate(place.path());
        }
        lvm.run("keep the RAM of snapshot " + id, script.commands());
    }

    void close(List<LvPath> volumes, SnapshotId id) {
        Scene scene = Scene.lookToChange(lvm, volumes);
        find(scene, id)
                .filter(Lv::isActive)
                .ifPresent(place -> lvm.run(
                        "close the RAM of snapshot " + id,
                        new Script(groups).deactivate(place.path()).commands()));
    }

    /**
     * Overwrites RAM that is about to be removed. A thin pool that clears what it hands out does so itself.
     *
     * @param places the RAM
     * @param scene what was seen of it
     * @param possession what is taken for that, and not let go of
     */
    void wipe(List<Lv> places, Scene scene, Possession possession) {
        List<Lv> readable = places.stream()
                .filter(place ->
                        !place.isThin() || !scene.pool(place).map(Lv::zeroes).orElse(false))
                .toList();
        Script script = new Script(groups);
        possession.take(script);
        readable.stream().filter(place -> !place.isActive()).forEach(place -> script.activate(place.path()));
        lvm.run("open RAM to wipe it", script.commands());
        readable.forEach(place -> zero(place.path(), place.bytes()));
    }

    /** Overwrites a logical volume that is active. */
    void zero(LvPath path, long bytes) {
        lvm.program("wipe " + path, List.of("blkdiscard", "--zeroout", path.device()), "", lvm.limit(bytes));
    }

    private static Lv require(Scene scene, SnapshotId id) {
        return find(scene, id)
                .orElseThrow(() -> LvmFailure.of(Reason.MISSING, "there is no place for the RAM of snapshot " + id));
    }

    private static Optional<Lv> find(Scene scene, SnapshotId id) {
        List<Lv> found = new ArrayList<>();
        scene.subjects()
                .forEach(subject -> Optional.ofNullable(subject.ram().get(id)).ifPresent(found::add));
        return found.stream().findFirst();
    }
}
