package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;

/** Inspects the volumes of one VM, all of them in one process. */
final class Inspection {
    private final Function<List<Volume>, Lvm> tools;
    private final Sources sources;
    private final Groups groups;
    private final Room room;

    Inspection(Function<List<Volume>, Lvm> tools, Sources sources, Groups groups, Room room) {
        this.tools = tools;
        this.sources = sources;
        this.groups = groups;
        this.room = room;
    }

    List<VolumeState> inspect(List<Volume> volumes, boolean closely, DriverCall call) {
        Map<String, VolumeState> states = new LinkedHashMap<>();
        Map<String, Devices.Device> links = links(volumes, states, call);
        List<Known> known = new ArrayList<>();
        for (Volume volume : volumes) {
            if (!states.containsKey(volume.source())) {
                try {
                    known.add(new Known(
                            volume, sources.plain(volume, links), Optional.ofNullable(links.get(volume.source()))));
                } catch (DriverException strange) {
                    states.put(volume.source(), Unseen.state(volume, strange));
                }
            }
        }
        report(known, closely, call).forEach(states::put);
        return volumes.stream()
                .flatMap(volume -> Optional.ofNullable(states.get(volume.source())).stream())
                .toList();
    }

    /**
     * A volume whose logical volume is known.
     *
     * @param stated the volume as its VM states it
     * @param plain the same with a source that names the logical volume itself
     * @param link the end of its source, if that does not name the logical volume itself
     */
    private record Known(Volume stated, Volume plain, Optional<Devices.Device> link) {}

    private Map<String, VolumeState> report(List<Known> known, boolean closely, DriverCall call) {
        Map<String, VolumeState> states = new LinkedHashMap<>();
        List<Volume> plain = known.stream().map(Known::plain).toList();
        if (plain.isEmpty()) {
            return states;
        }
        try {
            Scene scene = Scene.look(tools.apply(plain), Scene.paths(plain));
            known.forEach(one -> states.put(one.stated().source(), state(one, scene, closely, call)));
        } catch (DriverException failure) {
            known.forEach(one -> states.put(one.stated().source(), Unseen.state(one.stated(), failure)));
        }
        return states;
    }

    private Map<String, Devices.Device> links(List<Volume> volumes, Map<String, VolumeState> states, DriverCall call) {
        List<String> links = sources.links(volumes);
        try {
            return sources.resolve(links, call);
        } catch (DriverException failure) {
            volumes.stream()
                    .filter(volume -> links.contains(volume.source()))
                    .forEach(volume -> states.put(volume.source(), Unseen.state(volume, failure)));
            return Map.of();
        }
    }

    private VolumeState state(Known known, Scene scene, boolean closely, DriverCall call) {
        Volume stated = known.stated();
        LvPath path = Scene.path(known.plain());
        DriverException unseen = scene.report().unseen().get(path.group());
        if (unseen != null) {
            return Unseen.state(stated, unseen);
        }
        Subject subject = scene.subject(path);
        VolumeGroup group = scene.group(path);
        if (subject.isNowhere()) {
            return missing(stated, path, group, call);
        }
        Optional<Lv> disk = subject.disk();
        Optional<Lv> pool = disk.flatMap(scene::pool);
        Objections objections = new Objections(stated, path, known.link(), scene, groups, call);
        Volume seen = stated.at(new Location(group.uuid(), path).toString());
        return new VolumeState.Seen(
                disk.map(lv -> seen.withVirtualBytes(lv.bytes())).orElse(seen),
                pool.map(Lv::path).map(LvPath::toString).orElse(path.group()),
                pool.map(Pools::freeBytes).orElse(group.freeBytes()),
                disk.map(lv -> neededBytes(lv, group)).orElse(0L),
                parts(stated, subject, scene),
                scene.foreign(subject),
                snapshotBytes(subject, scene),
                leakedBytes(subject, closely),
                objections.refusals(),
                objections.notices());
    }

    /** No volume of that name in a group that the node shows; a group without all its disks may hold old news. */
    private VolumeState missing(Volume volume, LvPath path, VolumeGroup group, DriverCall call) {
        if (group.isPartial()) {
            return Unseen.partial(volume, group);
        }
        try {
            Devices.Device device = sources.resolve(volume.source(), call);
            if (device.isOthers()) {
                return Unseen.others(volume, device);
            }
        } catch (DriverException failure) {
            return Unseen.state(volume, failure);
        }
        return new VolumeState.Absent(
                volume,
                new Refusal(
                        Refusal.Code.IMAGE_UNUSABLE,
                        "Disk " + volume.target() + ": there is no volume " + path.name() + " in volume group "
                                + path.group() + ".",
                        "Bring the volume back, or take the disk out of the VM's configuration.",
                        Map.of("disk", volume.target(), "source", volume.source())));
    }

    /** A thin snapshot takes nothing at once but a little of the pool's metadata. */
    private long neededBytes(Lv disk, VolumeGroup group) {
        return disk.isThin() ? 0 : room.extents(disk.bytes(), group) * group.extentBytes();
    }

    private static Map<SnapshotId, VolumeState.Part> parts(Volume volume, Subject subject, Scene scene) {
        Map<SnapshotId, VolumeState.Part> parts = new LinkedHashMap<>();
        subject.parts().forEach((id, lv) -> parts.put(id, part(volume, lv, subject, id, scene)));
        // While its content is in the volume itself, or on its way there, a snapshot is not lost.
        subject.unfinished()
                .filter(id -> !subject.isThin())
                .ifPresent(id -> parts.put(id, VolumeState.Part.whole(ramBytes(subject, id))));
        return parts;
    }

    private static VolumeState.Part part(Volume volume, Lv lv, Subject subject, SnapshotId id, Scene scene) {
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
                flaw.map(Flaws.Flaw::reason),
                Obstacle.of(subject, id, scene).stream()
                        .map(obstacle -> obstacle.refusal(volume.target(), volume.source()))
                        .toList());
    }

    /** RAM that is not there to its end is nobody's: it counts as leaked. */
    private static OptionalLong snapshotBytes(Subject subject, Scene scene) {
        Stream<Lv> others = Stream.concat(
                subject.others().stream(),
                subject.foreign().stream()
                        .flatMap(name -> scene.report().find(subject.path().sibling(name)).stream()));
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
