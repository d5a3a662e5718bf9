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
        return new Scene(lvm.inspect(groups(paths)), lvm.owner(), paths);
    }

    private static Set<String> groups(Collection<LvPath> paths) {
        return paths.stream().map(LvPath::group).collect(Collectors.toSet());
    }

    /** Looks before something is changed: not when somebody with a newer lease has been here. */
    static Scene lookToChange(Lvm lvm, Collection<LvPath> paths) {
        Scene scene = new Scene(lvm.inspectToChange(groups(paths)), lvm.owner(), paths);
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

    /** What other stores have made of a volume. */
    List<Lv> ofOtherStores(Subject subject) {
        return subject.foreign().stream()
                .flatMap(name -> report.find(subject.path().sibling(name)).stream())
                .filter(lv -> lv.owner()
                        .filter(other -> !other.store().equals(owner.store()))
                        .isPresent())
                .toList();
    }

    /** The names of what neither this store nor another one has made of a volume. */
    List<String> foreign(Subject subject) {
        List<String> ours =
                ofOtherStores(subject).stream().map(lv -> lv.path().name()).toList();
        return subject.foreign().stream().filter(name -> !ours.contains(name)).toList();
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
                .orElseThrow(() -> LvmFailure.of(Reason.MISSING, "volume group " + path.group() + " holds no volume"));
    }

    Optional<Lv> pool(Lv volume) {
        return volume.isThin() ? report.find(volume.path().sibling(volume.pool())) : Optional.empty();
    }

    /** LVM reports success for volumes that the node's lvm.conf keeps from being active. */
    void requireActive(Collection<LvPath> paths) {
        for (LvPath path : paths) {
            if (report.find(path).filter(Lv::isActive).isEmpty()) {
                throw LvmFailure.of(
                        Reason.BROKEN,
                        "LVM reported success but did not activate " + path
                                + "; 'lvmconfig activation/volume_list' on the node tells whether it may be active there");
            }
        }
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
