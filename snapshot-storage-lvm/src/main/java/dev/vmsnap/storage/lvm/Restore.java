package dev.vmsnap.storage.lvm;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.DriverCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
            if (attempt == 1 && call.cancelled()) {
                throw new CancelledException("restoring snapshot " + id);
            }
            call.report(0.1);
            try {
                lvm.run("go back to snapshot " + id, script(awake, scene, id), limit(awake, id));
                requireDone(volumes, id, scene);
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
            if (stuck.reason() == Reason.IN_USE) {
                // This names what has to end; the failure before it is only the consequence.
                stuck.addSuppressed(failure);
                throw stuck;
            }
            failure.addSuppressed(stuck);
        }
    }

    /** Success is not believed. */
    private void requireDone(List<LvPath> volumes, SnapshotId id, Scene before) {
        for (Subject subject : Scene.lookToChange(lvm, volumes).subjects()) {
            Optional<Lv> was = before.subject(subject.path()).here();
            boolean done = subject.unfinished().isEmpty()
                    && subject.away().isEmpty()
                    && subject.volume().isActive() == was.filter(Lv::isActive).isPresent()
                    && Flaws.of(subject.part(id), subject).isEmpty();
            if (!done) {
                throw LvmFailure.of(
                        Reason.BROKEN, subject.path() + " is not as a restore leaves it, though LVM reported success");
            }
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
        List<LvPath> asleep = scene.subjects().stream()
                .flatMap(subject -> subject.here().filter(lv -> !lv.isActive()).stream())
                .map(Lv::path)
                .toList();
        lvm.run("activate the volumes", script.commands());
        try {
            Scene seen = Scene.lookToChange(lvm, volumes);
            seen.subjects().stream()
                    .filter(subject -> !subject.isThin())
                    .forEach(subject -> seen.requireActive(List.of(subject.path())));
            seen.subjects().forEach(subject -> requireRestorable(subject, id, seen));
            return seen;
        } catch (DriverException refused) {
            letGo(asleep, refused);
            throw refused;
        }
    }

    private void letGo(List<LvPath> asleep, DriverException refused) {
        Script script = new Script(groups);
        asleep.forEach(script::deactivate);
        try {
            lvm.run("deactivate the volumes", script.commands());
        } catch (DriverException stuck) {
            refused.addSuppressed(stuck);
        }
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
        Obstacle.of(subject, id, scene).stream().findFirst().ifPresent(obstacle -> {
            throw obstacle.failure();
        });
        if (!Names.away(subject.path(), id).fitsTheKernel()) {
            throw LvmFailure.of(Reason.BROKEN, "the name of " + subject.path() + " is too long to be restored");
        }
        if (volume.isThin()) {
            Pools.requireHealthy(scene, volume);
        }
    }
}
