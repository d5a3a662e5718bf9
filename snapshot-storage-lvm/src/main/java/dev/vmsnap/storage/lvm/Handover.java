package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException.Reason;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Hands volumes in a shared group, with everything that belongs to them, from node to node. A thin pool goes with the
 * volumes in it, so that they must all be of one VM.
 */
final class Handover {
    private final Lvm lvm;
    private final Groups groups;
    private final Settlement settlement;

    Handover(Lvm lvm, Groups groups, Settlement settlement) {
        this.lvm = lvm;
        this.groups = groups;
        this.settlement = settlement;
    }

    void release(List<LvPath> volumes) {
        requireShared(volumes);
        Scene scene = settlement.settle(Scene.lookToChange(lvm, volumes), volumes);
        Set<Lv> belongings = belongings(scene);
        Script script = new Script(groups);
        for (Lv lv : belongings) {
            if (lv.isOpen()) {
                throw LvmFailure.of(Reason.IN_USE, lv.path() + " is open");
            }
            if (lv.isActive()) {
                script.deactivate(lv.path());
            }
        }
        for (Lv pool : pools(scene)) {
            requireNobodyElse(pool, belongings, scene);
            // It holds the lock even where only its volumes are active.
            if (pool.isActive() || !script.isEmpty()) {
                script.deactivate(pool.path());
            }
        }
        lvm.run("let go of the volumes", script.commands());
        belongings(Scene.lookToChange(lvm, volumes)).stream()
                .filter(Lv::isActive)
                .findFirst()
                .ifPresent(lv -> {
                    throw LvmFailure.of(
                            Reason.IN_USE, lv.path() + " is still active, though LVM reported that it was deactivated");
                });
    }

    /** Activating a volume brings its thick snapshots along, and takes the lock on its thin pool. */
    void adopt(List<LvPath> volumes) {
        requireShared(volumes);
        Scene scene = Scene.lookToChange(lvm, volumes);
        Script script = new Script(groups);
        for (Subject subject : scene.subjects()) {
            Lv volume = subject.disk()
                    .orElseThrow(() -> LvmFailure.of(Reason.MISSING, "the node sees no volume " + subject.path()));
            script.activate(volume.path());
        }
        lvm.run("take over the volumes", script.commands());
        Scene.lookToChange(lvm, volumes)
                .requireActive(scene.subjects().stream()
                        .flatMap(subject -> subject.disk().stream())
                        .map(Lv::path)
                        .toList());
    }

    private void requireShared(List<LvPath> volumes) {
        Optional<String> local = volumes.stream()
                .map(LvPath::group)
                .filter(group -> !groups.isShared(group))
                .findFirst();
        if (local.isPresent()) {
            throw LvmFailure.of(
                    Reason.BROKEN,
                    "volume group " + local.get()
                            + " belongs to one node alone, so what is in it cannot be handed to another; delete the"
                            + " snapshots and copy the disks");
        }
    }

    /** What of the VM's can be active, but for thick snapshots, which go with their volume. */
    private static Set<Lv> belongings(Scene scene) {
        Set<Lv> all = new LinkedHashSet<>();
        for (Subject subject : scene.subjects()) {
            subject.parts().values().stream().filter(Lv::isThin).forEach(all::add);
            all.addAll(subject.ram().values());
            subject.here().ifPresent(all::add);
        }
        scene.report().volumes().values().stream()
                .filter(lv -> Names.isRecords(lv.path().name()) && lv.isOwnedBy(scene.owner()))
                .forEach(all::add);
        return all;
    }

    private static Set<Lv> pools(Scene scene) {
        Set<Lv> pools = new LinkedHashSet<>();
        scene.subjects().stream()
                .flatMap(subject -> subject.disk().flatMap(scene::pool).stream())
                .forEach(pools::add);
        return pools;
    }

    private static void requireNobodyElse(Lv pool, Set<Lv> belongings, Scene scene) {
        scene.report().in(pool.path().group()).stream()
                .filter(lv -> lv.isThin() && lv.pool().equals(pool.path().name()))
                .filter(lv -> lv.isActive() && !belongings.contains(lv))
                .findFirst()
                .ifPresent(stranger -> {
                    throw LvmFailure.of(
                            Reason.IN_USE,
                            "thin pool " + pool.path() + " is on one node as a whole, and " + stranger.path()
                                    + " in it is active; give each VM that moves a pool of its own");
                });
    }
}
