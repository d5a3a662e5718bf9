package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings volumes to rest that an interrupted restore has left under another name, or with marks of ours. Everything that
 * it needs is on storage: names, tags, and what the kernel tells of a merge.
 */
final class Settlement {
    private static final Logger LOG = LoggerFactory.getLogger(Settlement.class);
    private static final int ATTEMPTS = 5;
    static final Set<Reason> CHANGING = Set.of(Reason.BROKEN, Reason.MISSING, Reason.IN_USE);

    private final Lvm lvm;
    private final Groups groups;
    private final Merge merge;

    Settlement(Lvm lvm, Groups groups, Merge merge) {
        this.lvm = lvm;
        this.groups = groups;
        this.merge = merge;
    }

    /** Whether there is anything to bring to rest. */
    static boolean isNeeded(Scene scene) {
        return scene.subjects().stream().anyMatch(Settlement::isNeeded);
    }

    private static boolean isNeeded(Subject subject) {
        return subject.away().isPresent()
                || !subject.fresh().isEmpty()
                || subject.here().filter(lv -> !Subject.marks(lv).isEmpty()).isPresent();
    }

    /**
     * Brings volumes to rest and keeps every snapshot.
     *
     * @param scene what was seen of them
     * @param paths the volumes
     * @return what is there then
     */
    Scene settle(Scene scene, List<LvPath> paths) {
        return settle(scene, paths, Optional.empty());
    }

    /**
     * Brings volumes to rest, but does not make a snapshot again whose content has flowed into its volume.
     *
     * @param scene what was seen of them
     * @param paths the volumes
     * @param id the snapshot
     * @return what is there then
     */
    Scene settleWithout(Scene scene, List<LvPath> paths, SnapshotId id) {
        return settle(scene, paths, Optional.of(id));
    }

    /** A command of the one that was interrupted may still be at work, so what fails is looked at again. */
    private Scene settle(Scene scene, List<LvPath> paths, Optional<SnapshotId> unwanted) {
        Scene seen = scene;
        for (int attempt = 1; isNeeded(seen); attempt++) {
            seen = awaitMerges(seen, paths);
            try {
                List<List<String>> commands = commands(seen, unwanted);
                if (commands.isEmpty()) {
                    return seen;
                }
                lvm.run("finish what an interrupted restore has left", commands);
            } catch (DriverException failure) {
                if (attempt == ATTEMPTS || !CHANGING.contains(failure.reason())) {
                    throw failure;
                }
            }
            seen = Scene.lookToChange(lvm, paths);
        }
        return seen;
    }

    private Scene awaitMerges(Scene scene, List<LvPath> paths) {
        Scene seen = scene;
        for (LvPath path : paths) {
            Subject subject = seen.subject(path);
            Optional<Lv> volume = subject.disk().filter(Lv::isMerging);
            if (volume.isPresent() && subject.restoring().isPresent()) {
                seen = merge.await(volume.get().path(), paths);
            }
        }
        return seen;
    }

    private List<List<String>> commands(Scene scene, Optional<SnapshotId> unwanted) {
        List<Subject> halfway =
                scene.subjects().stream().filter(Settlement::isNeeded).toList();
        Script work = new Script(groups);
        for (Subject subject : halfway) {
            LOG.info("bringing {} to rest, which an interrupted restore has left halfway", subject.path());
            if (subject.isThin()) {
                settleThin(subject, work);
            } else {
                settleThick(subject, scene, unwanted, work);
            }
        }
        if (work.isEmpty()) {
            return List.of();
        }
        Script script = new Script(groups);
        Possession.of(halfway, groups).take(script);
        List<List<String>> all = new ArrayList<>(script.commands());
        all.addAll(work.commands());
        return all;
    }

    private static void settleThin(Subject subject, Script script) {
        LvPath path = subject.path();
        if (subject.here().isPresent()) {
            script.untag(path, Subject.marks(subject.here().get())).remove(paths(subject.leftovers()));
            return;
        }
        if (subject.successor().isEmpty()) {
            Lv away = subject.away().orElseThrow();
            script.rename(away.path(), path).untag(path, Subject.marks(away));
            return;
        }
        Lv fresh = subject.successor().get();
        script.rename(fresh.path(), path).untag(path, Subject.marks(fresh));
        if (subject.away().isPresent()) {
            script.remove(List.of(subject.away().get().path()));
        }
    }

    private static void settleThick(Subject subject, Scene scene, Optional<SnapshotId> unwanted, Script script) {
        LvPath path = subject.path();
        Lv volume = subject.disk().orElseThrow();
        Optional<Lv.Restoring> restoring = volume.restoring();
        if (restoring.isPresent()) {
            SnapshotId id = restoring.get().id();
            LvPath part = Names.part(path, id);
            if (!subject.parts().containsKey(id) && !unwanted.equals(Optional.of(id))) {
                script.thickSnapshot(volume.path(), part, extents(volume, restoring.get(), scene), scene.owner());
            }
        }
        script.rename(volume.path(), path).untag(path, Subject.marks(volume));
    }

    /** As many as the snapshot had, or what is left when somebody else has taken them meanwhile. */
    private static long extents(Lv volume, Lv.Restoring restoring, Scene scene) {
        VolumeGroup group = scene.group(volume.path());
        if (group.freeExtents() < 1) {
            throw LvmFailure.of(
                    Reason.NO_SPACE,
                    "volume group " + group.name() + " has no free extent for snapshot " + restoring.id()
                            + ", whose content is in " + volume.path()
                            + "; free one and ask again, or delete the snapshot");
        }
        if (group.freeExtents() < restoring.extents()) {
            LOG.warn(
                    "snapshot {} of {} gets {} extents instead of {}: others have taken the rest meanwhile",
                    restoring.id(),
                    volume.path(),
                    group.freeExtents(),
                    restoring.extents());
        }
        return Math.min(restoring.extents(), group.freeExtents());
    }

    private static List<LvPath> paths(List<Lv> all) {
        return all.stream().map(Lv::path).toList();
    }
}
