package dev.vmsnap.storage.lvm;

import dev.vmsnap.SnapshotId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Gives the parts of snapshots that a lost store has made the tags of the store that knows them now. */
final class Takeover {
    private final Lvm lvm;
    private final Groups groups;

    Takeover(Lvm lvm, Groups groups) {
        this.lvm = lvm;
        this.groups = groups;
    }

    void run(List<LvPath> volumes, String store, Set<SnapshotId> snapshots) {
        Owner ours = lvm.owner();
        Scene scene = Scene.lookToChange(lvm, volumes);
        Set<LvPath> paths = new HashSet<>(volumes);
        Script script = new Script(groups);
        for (Lv lv : scene.report().volumes().values()) {
            Optional<Owner> theirs =
                    lv.owner().filter(owner -> owner.sameAs(new Owner(store, ours.vm(), 0)) && !owner.sameAs(ours));
            if (theirs.isPresent() && belongs(lv, paths, snapshots)) {
                script.add(
                        "lvchange",
                        "-y",
                        "--addtag",
                        ours.tag(),
                        "--deltag",
                        theirs.get().tag(),
                        lv.path().toString());
            }
        }
        lvm.run("take over the snapshots of VM " + ours.vm(), script.commands());
    }

    /** Also the volume itself while a restore is on, and what that restore has made. */
    private static boolean belongs(Lv lv, Set<LvPath> paths, Set<SnapshotId> snapshots) {
        return paths.contains(lv.path())
                || Names.read(lv.path().name())
                        .filter(meaning -> snapshots.contains(meaning.id())
                                && paths.stream()
                                        .anyMatch(path ->
                                                path.group().equals(lv.path().group()) && meaning.isOf(path)))
                        .isPresent();
    }
}
