package dev.vmsnap.storage.lvm;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.VolumeState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Looks at the volumes of one VM, all of them in one process. */
final class Inspection {
    private final Lvm lvm;
    private final Groups groups;
    private final Room room;

    Inspection(Lvm lvm, Groups groups, Room room) {
        this.lvm = lvm;
        this.groups = groups;
        this.room = room;
    }

    List<VolumeState> inspect(List<Volume> volumes, boolean closely, DriverCall call) {
        Scene scene = Scene.look(lvm, Scene.paths(volumes));
        return volumes.stream()
                .map(volume -> state(volume, scene, closely, call))
                .toList();
    }

    private VolumeState state(Volume volume, Scene scene, boolean closely, DriverCall call) {
        Subject subject = scene.subject(Scene.path(volume));
        Optional<Lv> disk = subject.disk();
        Optional<VolumeGroup> group = scene.report().group(subject.path().group());
        Optional<Lv> pool = disk.flatMap(scene::pool);
        Objections objections = new Objections(volume, scene, groups, call);
        return new VolumeState.Seen(
                disk.map(lv -> volume.withVirtualBytes(lv.bytes())).orElse(volume),
                pool.map(Lv::path).map(LvPath::toString).orElse(subject.path().group()),
                pool.map(Pools::freeBytes)
                        .orElseGet(() -> group.map(VolumeGroup::freeBytes).orElse(0L)),
                disk.isPresent() && group.isPresent() ? neededBytes(disk.get(), group.get()) : 0,
                parts(subject),
                subject.foreign(),
                snapshotBytes(subject, scene),
                leakedBytes(subject, closely),
                objections.refusals(),
                objections.notices());
    }

    /** A thin snapshot takes nothing at once but a little of the pool's metadata. */
    private long neededBytes(Lv disk, VolumeGroup group) {
        return disk.isThin() ? 0 : room.extents(disk.bytes(), group) * group.extentBytes();
    }

    private static Map<SnapshotId, VolumeState.Part> parts(Subject subject) {
        Map<SnapshotId, VolumeState.Part> parts = new LinkedHashMap<>();
        subject.parts().forEach((id, lv) -> parts.put(id, part(lv, subject, id)));
        // While its content is in the volume itself, or on its way there, a snapshot is not lost.
        subject.unfinished()
                .filter(id -> !subject.isThin())
                .ifPresent(id -> parts.put(id, VolumeState.Part.whole(ramBytes(subject, id))));
        return parts;
    }

    private static VolumeState.Part part(Lv lv, Subject subject, SnapshotId id) {
        Optional<Flaws.Flaw> flaw = Flaws.of(lv, subject);
        boolean endless = lv.isThin()
                || subject.disk()
                        .filter(disk -> Room.suffices(lv.bytes(), disk.bytes()))
                        .isPresent();
        return new VolumeState.Part(
                ramBytes(subject, id),
                lv.isThin() ? OptionalLong.empty() : lv.usedBytes(),
                together(Stream.concat(Stream.of(lv), ram(subject, id).stream())),
                endless ? OptionalLong.empty() : OptionalLong.of(lv.bytes()),
                flaw.map(Flaws.Flaw::reason));
    }

    /** RAM that is not there to its end is nobody's: it counts as leaked. */
    private static OptionalLong snapshotBytes(Subject subject, Scene scene) {
        Stream<Lv> others = subject.foreign().stream()
                .flatMap(name -> scene.report().find(subject.path().sibling(name)).stream());
        Stream<Lv> ram = subject.ram().keySet().stream().flatMap(id -> ram(subject, id).stream());
        return together(
                Stream.of(subject.parts().values().stream(), others, ram).flatMap(all -> all));
    }

    /**
     * What removing volumes gives back. Only the metadata of a pool tells which of its blocks a thin volume shares with
     * nobody; what lvs says of one is all that it can read.
     */
    private static OptionalLong together(Stream<Lv> volumes) {
        List<Lv> all = volumes.toList();
        return all.stream().anyMatch(Lv::isThin)
                ? OptionalLong.empty()
                : OptionalLong.of(all.stream().mapToLong(Lv::bytes).sum());
    }

    private static long ramBytes(Subject subject, SnapshotId id) {
        return ram(subject, id).map(lv -> lv.ramBytes().orElse(0)).orElse(0L);
    }

    private static Optional<Lv> ram(Subject subject, SnapshotId id) {
        return Optional.ofNullable(subject.ram().get(id))
                .filter(lv -> lv.ramBytes().isPresent());
    }

    /** RAM that is not there to its end may just be written: only who looks closely counts it. */
    private static long leakedBytes(Subject subject, boolean closely) {
        long left = subject.leftovers().stream().mapToLong(Lv::bytes).sum();
        return left
                + (closely
                        ? subject.ram().values().stream()
                                .filter(lv -> lv.ramBytes().isEmpty())
                                .mapToLong(Lv::bytes)
                                .sum()
                        : 0);
    }
}
