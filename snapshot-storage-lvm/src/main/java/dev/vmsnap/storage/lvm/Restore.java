package dev.vmsnap.storage.lvm;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.DriverCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Brings volumes back to a snapshot. A thin volume changes places with a new one that begins as the snapshot; into any
 * other the snapshot is merged, which consumes it, and is made again at once. Until that is done the volume has another
 * name, so that no VM can start from it: whoever wrote to it in between would write into the snapshot.
 *
 * <p>All of it is one process. Killed at any instant, what is left tells by names and tags how to go on.
 */
final class Restore {
    private static final int ATTEMPTS = 2;

    private final Lvm lvm;
    private final Groups groups;
    private final Settlement settlement;

    Restore(Lvm lvm, Groups groups, Settlement settlement) {
        this.lvm = lvm;
        this.groups = groups;
        this.settlement = settlement;
    }

    void restore(List<LvPath> volumes, SnapshotId id, DriverCall call) {
        for (int attempt = 1; ; attempt++) {
            Scene scene = settlement.settle(Scene.lookToChange(lvm, volumes), volumes);
            scene.subjects().forEach(subject -> requireRestorable(subject, id, scene));
            Scene awake = activated(scene, volumes, id);
            awake.subjects().forEach(subject -> requireRoomInOthers(subject, id));
            if (attempt == 1 && call.cancelled()) {
                throw new CancelledException("restoring snapshot " + id);
            }
            call.report(0.1);
            try {
                lvm.run("go back to snapshot " + id, script(awake, scene, id), limit(awake, id));
                call.report(1);
                return;
            } catch (DriverException failure) {
                comeToRest(volumes, failure);
                if (failure.reason() != Reason.NO_SPACE || attempt == ATTEMPTS) {
                    throw failure;
                }
            }
        }
    }

    /** After a failure: a volume that nothing was done to yet gets its name back, a merged snapshot is made again. */
    private void comeToRest(List<LvPath> volumes, DriverException failure) {
        if (failure.reason() == Reason.TIMEOUT || failure.reason() == Reason.UNREACHABLE) {
            return;
        }
        try {
            settlement.settle(Scene.lookToChange(lvm, volumes), volumes);
        } catch (DriverException stuck) {
            failure.addSuppressed(stuck);
        }
    }

    /** Whether a thick snapshot is still whole is known only of one that is active, like its volume. */
    private Scene activated(Scene scene, List<LvPath> volumes, SnapshotId id) {
        Script script = new Script(groups);
        scene.subjects().stream()
                .filter(subject -> subject.here().filter(lv -> !lv.isActive()).isPresent())
                .filter(subject ->
                        !subject.isThin() || groups.isShared(subject.path().group()))
                .forEach(subject -> script.activate(subject.path()));
        if (script.isEmpty()) {
            return scene;
        }
        lvm.run("activate the volumes", script.commands());
        Scene seen = Scene.lookToChange(lvm, volumes);
        seen.subjects().forEach(subject -> requireRestorable(subject, id, seen));
        return seen;
    }

    private List<List<String>> script(Scene scene, Scene before, SnapshotId id) {
        Script copies = new Script(groups);
        Script begin = new Script(groups);
        Script middle = new Script(groups);
        Script end = new Script(groups);
        for (Subject subject : scene.subjects()) {
            if (subject.isThin()) {
                swap(subject, id, scene.owner(), copies, middle, end);
            } else {
                mergeAndKeep(subject, id, scene, begin, middle, end);
            }
            boolean wasActive =
                    before.subject(subject.path()).here().filter(Lv::isActive).isPresent();
            boolean isActive = subject.here().filter(Lv::isActive).isPresent();
            if (isActive && !wasActive) {
                end.deactivate(subject.path());
            }
        }
        List<List<String>> all = new ArrayList<>(copies.commands());
        all.addAll(begin.commands());
        all.addAll(middle.commands());
        all.addAll(end.commands());
        return all;
    }

    private static void swap(Subject subject, SnapshotId id, Owner owner, Script copies, Script middle, Script end) {
        LvPath path = subject.path();
        LvPath fresh = Names.fresh(path, id);
        LvPath away = Names.away(path, id);
        copies.thinCopy(subject.part(id).path(), fresh, subject.volume(), owner);
        middle.tag(path, List.of(owner.tag())).rename(path, away).rename(fresh, path);
        end.untag(path, List.of(owner.tag())).remove(List.of(away));
    }

    private static void mergeAndKeep(
            Subject subject, SnapshotId id, Scene scene, Script begin, Script middle, Script end) {
        LvPath path = subject.path();
        Owner owner = scene.owner();
        LvPath away = Names.away(path, id);
        Lv part = subject.part(id);
        long extents = scene.group(path).extents(part.bytes());
        List<String> marks = List.of(owner.tag(), new Lv.Restoring(id, extents).tag());
        begin.tag(path, marks).rename(path, away);
        middle.merge(part.path()).thickSnapshot(away, part.path(), extents, owner);
        end.rename(away, path).untag(path, marks);
    }

    private Duration limit(Scene scene, SnapshotId id) {
        long bytes = scene.subjects().stream()
                .filter(subject -> !subject.isThin())
                .map(subject -> subject.part(id))
                .mapToLong(part -> part.usedBytes().orElse(part.bytes()))
                .sum();
        return lvm.limit(bytes);
    }

    private static void requireRestorable(Subject subject, SnapshotId id, Scene scene) {
        Lv volume = subject.volume();
        Lv part = subject.part(id);
        if (volume.isOpen()) {
            throw LvmFailure.of(Reason.IN_USE, subject.path() + " is open");
        }
        if (subject.isThinOrigin()) {
            throw LvmFailure.of(
                    Reason.IN_USE, subject.path() + " has snapshots with room of their own, which would go with it");
        }
        if (volume.isMerging()) {
            throw LvmFailure.of(Reason.IN_USE, "a snapshot is being merged into " + subject.path());
        }
        Flaws.of(part, subject).ifPresent(flaw -> {
            throw LvmFailure.of(Reason.BROKEN, part.path() + " " + flaw.text());
        });
        if (part.isThickSnapshot() && part.originBytes() != volume.bytes()) {
            throw LvmFailure.of(
                    Reason.BROKEN,
                    subject.path() + " was resized since snapshot " + id + ": it has " + volume.bytes()
                            + " bytes now and had " + part.originBytes());
        }
        if (!Names.away(subject.path(), id).fitsTheKernel()) {
            throw LvmFailure.of(Reason.BROKEN, "the name of " + subject.path() + " is too long to be restored");
        }
        if (volume.isThin()) {
            Pools.requireHealthy(scene, volume);
        }
    }

    /** What flows back is a change for the other snapshots, which keep what was there before. */
    private static void requireRoomInOthers(Subject subject, SnapshotId id) {
        if (subject.isThin()) {
            return;
        }
        long volumeBytes = subject.volume().bytes();
        long flow = subject.part(id).usedBytes().orElse(0);
        for (Map.Entry<SnapshotId, Lv> other : subject.parts().entrySet()) {
            Lv part = other.getValue();
            boolean whole = Flaws.of(part, subject).isEmpty();
            boolean endangered = !Room.suffices(part.bytes(), volumeBytes)
                    && part.bytes() - part.usedBytes().orElse(0) < flow;
            if (!other.getKey().equals(id) && whole && endangered) {
                throw LvmFailure.of(
                        Reason.NO_SPACE,
                        "going back to snapshot " + id + " may change " + flow + " bytes of " + subject.path()
                                + ", for which snapshot " + other.getKey() + " has no room; extend " + part.path()
                                + " with lvextend, or delete that snapshot");
            }
        }
    }
}
