package dev.vmsnap.storage.lvm;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.DriverCall;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes snapshots. What it has to know it looks up while the guest still runs, so that during the cut one process does
 * all volumes and nothing else.
 */
final class Cut {
    private final Lvm lvm;
    private final Groups groups;
    private final Room room;
    private final Preparations preparations;

    Cut(Lvm lvm, Groups groups, Room room, Preparations preparations) {
        this.lvm = lvm;
        this.groups = groups;
        this.room = room;
        this.preparations = preparations;
    }

    /** Sees that the cut can be done, and remembers how. Nothing on storage changes. */
    void prepare(List<LvPath> volumes, SnapshotId id) {
        Scene scene = Scene.lookToChange(lvm, volumes);
        if (anyIsThere(scene, id)) {
            return;
        }
        preparations.keep(id, volumes, lvm.owner(), script(scene, id));
    }

    void cut(List<LvPath> volumes, SnapshotId id, DriverCall call) {
        if (call.cancelled()) {
            throw new CancelledException("taking snapshot " + id);
        }
        Optional<List<List<String>>> prepared = preparations.take(id, volumes, lvm.owner());
        if (prepared.isPresent()) {
            run(prepared.get(), volumes, id);
        } else {
            cutUnprepared(volumes, id);
        }
        call.report(1);
    }

    private void cutUnprepared(List<LvPath> volumes, SnapshotId id) {
        Scene scene = Scene.lookToChange(lvm, volumes);
        if (scene.subjects().stream().allMatch(subject -> subject.parts().containsKey(id))) {
            return;
        }
        // Some, but not all: an earlier attempt was interrupted, and only one instant for all volumes will do.
        List<LvPath> halves = parts(scene, id);
        if (!halves.isEmpty()) {
            lvm.run("take back snapshot " + id, removal(scene, halves));
            scene = Scene.lookToChange(lvm, volumes);
        }
        run(script(scene, id), volumes, id);
    }

    private void run(List<List<String>> commands, List<LvPath> volumes, SnapshotId id) {
        try {
            lvm.run("take snapshot " + id, commands);
        } catch (DriverException failure) {
            takeBack(volumes, id, failure);
            throw failure;
        }
    }

    private void takeBack(List<LvPath> volumes, SnapshotId id, DriverException failure) {
        try {
            Scene scene = Scene.lookToChange(lvm, volumes);
            lvm.run("take back snapshot " + id, removal(scene, parts(scene, id)));
        } catch (DriverException stuck) {
            failure.addSuppressed(stuck);
        }
    }

    private List<List<String>> removal(Scene scene, List<LvPath> parts) {
        if (parts.isEmpty()) {
            return List.of();
        }
        Script script = new Script(groups);
        Possession possession = Possession.of(scene.subjects(), groups).take(script);
        script.remove(parts);
        possession.letGo(script);
        return script.commands();
    }

    private List<List<String>> script(Scene scene, SnapshotId id) {
        Map<String, Long> needed = new HashMap<>();
        List<String> names = new ArrayList<>();
        Script script = new Script(groups);
        Possession possession = Possession.of(scene.subjects(), groups).take(script);
        for (Subject subject : scene.subjects()) {
            Lv volume = usable(subject);
            LvPath part = Names.part(subject.path(), id);
            names.add(part.toString());
            requireNameIsFree(scene, subject, id);

            if (volume.isThin()) {
                Pools.requireHealthy(scene, volume);
                script.thinSnapshot(subject.path(), part, scene.owner());
            } else {
                long extents = room.extents(volume.bytes(), scene.group(subject.path()));
                needed.merge(part.group(), extents, Long::sum);
                script.thickSnapshot(subject.path(), part, extents, scene.owner());
            }
        }
        if (names.stream().distinct().count() < names.size()) {
            throw LvmFailure.of(Reason.BROKEN, "two disks would have one name for their snapshots: " + names);
        }
        needed.forEach((group, extents) -> requireRoom(scene, group, extents));
        possession.letGo(script);
        return script.commands();
    }

    private static Lv usable(Subject subject) {
        if (subject.unfinished().isPresent()) {
            throw LvmFailure.of(
                    Reason.BROKEN,
                    subject.path() + " is in the middle of going back to snapshot "
                            + subject.unfinished().get());
        }
        Lv volume = subject.volume();
        if (!volume.canBeADisk() || Names.read(subject.path().name()).isPresent()) {
            throw LvmFailure.of(Reason.BROKEN, subject.path() + " is part of something else, not a disk");
        }
        if (volume.isMerging()) {
            throw LvmFailure.of(Reason.IN_USE, "a snapshot is being merged into " + subject.path());
        }
        return volume;
    }

    private static void requireNameIsFree(Scene scene, Subject subject, SnapshotId id) {
        LvPath part = Names.part(subject.path(), id);
        if (!Names.away(subject.path(), id).fitsTheKernel()
                || (!subject.isThin() && !subject.path().fitsTheKernel())) {
            throw LvmFailure.of(Reason.BROKEN, "the name of " + subject.path() + " is too long for snapshots of it");
        }
        if (scene.report().find(part).isPresent()) {
            throw LvmFailure.of(Reason.BROKEN, part + " is there already and is not ours");
        }
    }

    private static void requireRoom(Scene scene, String group, long extents) {
        long free = scene.report().group(group).map(VolumeGroup::freeExtents).orElse(0L);
        if (free < extents) {
            throw LvmFailure.of(
                    Reason.NO_SPACE,
                    "insufficient free space in volume group " + group + ": " + extents + " extents are needed, and "
                            + free + " are free");
        }
    }

    private static boolean anyIsThere(Scene scene, SnapshotId id) {
        return scene.subjects().stream().anyMatch(subject -> subject.parts().containsKey(id));
    }

    private static List<LvPath> parts(Scene scene, SnapshotId id) {
        return scene.subjects().stream()
                .flatMap(subject -> Optional.ofNullable(subject.parts().get(id)).stream())
                .map(Lv::path)
                .toList();
    }
}
