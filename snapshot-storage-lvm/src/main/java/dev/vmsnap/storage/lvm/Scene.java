package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Volume;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What one look at the volumes of a call has shown. Immutable. */
final class Scene {
    private final Report report;
    private final Owner owner;
    private final Map<LvPath, Subject> subjects = new LinkedHashMap<>();

    private Scene(Report report, Owner owner, Collection<LvPath> paths) {
        this.report = report;
        this.owner = owner;
        paths.forEach(path -> subjects.put(path, Subject.of(path, report, owner)));
    }

    /** Looks: one process for all of them. */
    static Scene look(Lvm lvm, Collection<LvPath> paths) {
        return look(lvm, paths, false);
    }

    private static Scene look(Lvm lvm, Collection<LvPath> paths, boolean toChange) {
        Set<String> groups = paths.stream().map(LvPath::group).collect(Collectors.toSet());
        return new Scene(lvm.look(groups, toChange), lvm.owner(), paths);
    }

    /** Looks before something is changed: not when somebody with a newer lease has been here. */
    static Scene lookToChange(Lvm lvm, Collection<LvPath> paths) {
        Scene scene = look(lvm, paths, true);
        scene.requireNewestLease();
        return scene;
    }

    /** The paths of volumes, which are ours. */
    static List<LvPath> paths(List<Volume> volumes) {
        return volumes.stream().map(Scene::path).toList();
    }

    static LvPath path(Volume volume) {
        return LvPath.of(volume.source())
                .orElseThrow(() -> LvmFailure.of(
                        Reason.BROKEN, "disk " + volume.target() + " is not a logical volume by its path"));
    }

    Owner owner() {
        return owner;
    }

    Report report() {
        return report;
    }

    Collection<Subject> subjects() {
        return subjects.values();
    }

    Subject subject(LvPath path) {
        Subject subject = subjects.get(path);
        if (subject == null) {
            throw new IllegalArgumentException("nobody has looked at " + path);
        }
        return subject;
    }

    VolumeGroup group(LvPath path) {
        return report.group(path.group())
                .orElseThrow(() -> LvmFailure.of(
                        Reason.MISSING,
                        "the node sees no volume group " + path.group()
                                + (report.complaint().isEmpty() ? "" : ": " + report.complaint())));
    }

    Optional<Lv> pool(Lv volume) {
        return volume.isThin() ? report.find(volume.path().sibling(volume.pool())) : Optional.empty();
    }

    private void requireNewestLease() {
        Optional<Owner> newer = report.volumes().values().stream()
                .flatMap(lv -> lv.owner().stream())
                .filter(other -> other.sameAs(owner) && other.epoch() > owner.epoch())
                .findFirst();
        if (newer.isPresent()) {
            throw new DriverException(
                    LvmStorage.ID,
                    Reason.LEASE_LOST,
                    "volumes of VM " + owner.vm() + " were changed under lease "
                            + newer.get().epoch() + ", and this is lease " + owner.epoch());
        }
    }
}
