package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.DriverCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Deletes snapshots, and what interrupted work has left. None of it needs free space. */
final class Deletion {
    private final Lvm lvm;
    private final Groups groups;
    private final Settlement settlement;
    private final RamPlace ram;

    Deletion(Lvm lvm, Groups groups, Settlement settlement, RamPlace ram) {
        this.lvm = lvm;
        this.groups = groups;
        this.settlement = settlement;
        this.ram = ram;
    }

    void delete(List<LvPath> volumes, SnapshotId id, DriverCall call) {
        Scene scene = Scene.lookToChange(lvm, volumes);
        if (scene.subjects().stream().anyMatch(subject -> isAbout(subject, id))) {
            scene = settlement.settleWithout(scene, volumes, id);
        }
        List<Lv> gone = new ArrayList<>();
        List<Lv> secrets = new ArrayList<>();
        for (Subject subject : scene.subjects()) {
            Optional<Lv> part = ours(scene, Names.part(subject.path(), id), call.store());
            if (part.isEmpty()) {
                requireWhole(scene, subject, id);
            }
            part.ifPresent(gone::add);
            ours(scene, Names.ram(subject.path(), id), call.store()).ifPresent(secrets::add);
        }
        remove("delete snapshot " + id, gone, secrets, scene);
        call.report(1);
    }

    /** Returns a volume of this store, whichever VM it was made for: another VM may have the disk by now. */
    private static Optional<Lv> ours(Scene scene, LvPath path, String store) {
        return scene.report().find(path).filter(lv -> lv.owner()
                .filter(owner -> owner.store().equals(store))
                .isPresent());
    }

    /** A group without all its physical volumes may hold old metadata, so it proves no part to be absent. */
    private static void requireWhole(Scene scene, Subject subject, SnapshotId id) {
        if (scene.group(subject.path()).isPartial()) {
            throw LvmFailure.of(
                    Reason.UNREACHABLE,
                    "group " + subject.path().group() + " lacks a physical volume, so that " + subject.path()
                            + " has no snapshot " + id + " cannot be confirmed");
        }
    }

    /** Whether a restore to that snapshot was interrupted; what it has left goes too. */
    private static boolean isAbout(Subject subject, SnapshotId id) {
        return subject.restoring().equals(Optional.of(id))
                || Stream.concat(subject.away().stream(), subject.fresh().stream())
                        .flatMap(lv -> Names.read(lv.path().name()).stream())
                        .anyMatch(meaning -> meaning.id().equals(id));
    }

    /** Removes what interrupted commands have left and nothing uses. The VM is off, and nobody else works on it. */
    void reclaim(List<LvPath> volumes) {
        Scene scene = settlement.settle(Scene.lookToChange(lvm, volumes), volumes);
        List<Lv> gone = new ArrayList<>();
        List<Lv> secrets = new ArrayList<>();
        for (Subject subject : scene.subjects()) {
            gone.addAll(subject.leftovers());
            subject.ram().values().stream()
                    .filter(lv -> lv.ramBytes().isEmpty())
                    .forEach(secrets::add);
        }
        remove("remove what was left", gone, secrets, scene);
    }

    private void remove(String what, List<Lv> gone, List<Lv> secrets, Scene scene) {
        if (gone.isEmpty() && secrets.isEmpty()) {
            return;
        }
        gone.forEach(Deletion::requireNothingHangsOn);
        Script script = new Script(groups);
        Possession possession = Possession.of(scene.subjects(), groups);
        if (secrets.isEmpty()) {
            possession.take(script);
        } else {
            ram.wipe(secrets, scene, possession);
        }
        List<LvPath> paths = new ArrayList<>();
        gone.forEach(lv -> paths.add(lv.path()));
        secrets.forEach(lv -> paths.add(lv.path()));
        script.remove(paths);
        possession.letGo(script);
        lvm.run(what, script.commands());
        requireGone(paths, scene);
    }

    /** LVM removes the snapshots of others together with the volume on which they hang. */
    private static void requireNothingHangsOn(Lv lv) {
        if (lv.isThin() && lv.isThickOrigin()) {
            throw LvmFailure.of(
                    Reason.IN_USE,
                    lv.path()
                            + " has snapshots with room of their own, made by somebody else, which LVM would remove with"
                            + " it; remove them first ('lvs -a' shows them)");
        }
    }

    /** Success is not believed. */
    private void requireGone(List<LvPath> removed, Scene before) {
        Scene scene = Scene.lookToChange(
                lvm, before.subjects().stream().map(Subject::path).toList());
        removed.stream()
                .filter(path -> scene.report().find(path).isPresent())
                .findFirst()
                .ifPresent(path -> {
                    throw LvmFailure.of(
                            Reason.BROKEN, path + " is still there, though LVM reported that it was removed");
                });
    }
}
