package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.storage.nas.Lookout.Depth;
import dev.vmsnap.storage.nas.Standing.Here;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Looks at volumes: at the mount first, and at images only where that answers. */
final class Inspection {
    private static final Set<Verb> WRITING =
            EnumSet.of(Verb.CREATE, Verb.RESTORE, Verb.DELETE, Verb.DELETE_ALL, Verb.DELETE_VM);

    // What a tool says of an image that is there when the way to it is disturbed.
    private static final List<String> DISTURBED = List.of(
            "Input/output error",
            "Stale file handle",
            "Connection timed out",
            "Host is down",
            "Remote I/O error",
            "Permission denied",
            "Transport endpoint is not connected");

    private final Lookout lookout;
    private final BiFunction<List<Volume>, DriverCall, List<VolumeState>> images;

    /** With a way to look at images that are there. */
    Inspection(Lookout lookout, BiFunction<List<Volume>, DriverCall, List<VolumeState>> images) {
        this.lookout = lookout;
        this.images = images;
    }

    List<VolumeState> of(List<Volume> volumes, DriverCall call) {
        Scene scene = look(volumes, call);
        try {
            return states(scene, call);
        } catch (DriverException e) {
            // The server may have gone between the two looks.
            Scene again = look(volumes, call);
            if (again.here().size() == scene.here().size()) {
                throw Visit.ours(e, call);
            }
            return states(again, call);
        }
    }

    private Scene look(List<Volume> volumes, DriverCall call) {
        return lookout.at(volumes, call.vm().power().isActive() ? Depth.MOUNT : Depth.IMAGES, call);
    }

    private List<VolumeState> states(Scene scene, DriverCall call) {
        List<Volume> there = scene.volumes();
        Iterator<VolumeState> seen = there.isEmpty()
                ? List.<VolumeState>of().iterator()
                : images.apply(there, Visit.inside(scene, scene.owner(), call)).iterator();
        List<VolumeState> states = new ArrayList<>();
        for (Standing standing : scene.standings()) {
            if (standing instanceof Here here) {
                states.add(state(here, seen.next(), call));
            } else if (standing instanceof Standing.Away away) {
                states.add(VolumeState.away(away.volume(), away.store(), away.why()));
            } else {
                states.add(abandoned(standing.volume()));
            }
        }
        return states;
    }

    private static VolumeState state(Here here, VolumeState seen, DriverCall call) {
        Optional<String> disturbed = here.missing() ? Optional.empty() : disturbed(seen);
        if (disturbed.isPresent()) {
            Standing.Away away =
                    Absence.of(here.volume(), Optional.of(here.mount())).broken(disturbed.get());
            return VolumeState.away(away.volume(), away.store(), away.why());
        }
        Map<Verb, List<Refusal>> objections = new EnumMap<>(Verb.class);
        objections.putAll(seen.objections());
        if (here.readOnly() || !(here.writable() || here.missing())) {
            for (Verb verb : WRITING) {
                objections.put(
                        verb,
                        Stream.concat(seen.objectionsTo(verb).stream(), Stream.of(readOnly(here)))
                                .toList());
            }
        }
        List<Notice> notices =
                Stream.concat(seen.notices().stream(), Warnings.of(here, call)).toList();
        return new VolumeState(
                seen.volume(),
                seen.store(),
                seen.freeBytes(),
                seen.neededBytes(),
                seen.snapshots(),
                seen.foreign(),
                seen.snapshotBytes(),
                seen.leakedBytes(),
                objections,
                notices,
                seen.away());
    }

    /** What disturbs the way to an image that could not be read. */
    private static Optional<String> disturbed(VolumeState seen) {
        return seen.volume().virtualBytes().isPresent()
                ? Optional.empty()
                : seen.objectionsTo(Verb.RESTORE).stream()
                        .filter(refusal -> refusal.code() == Code.IMAGE_UNUSABLE)
                        .map(Refusal::message)
                        .filter(said -> DISTURBED.stream().anyMatch(said::contains))
                        .findFirst();
    }

    private static VolumeState abandoned(Volume volume) {
        Refusal why = new Refusal(
                Code.IMAGE_UNUSABLE,
                "Disk " + volume.target() + " lay on an export that is gone for good: "
                        + Absence.printable(volume.location().orElse("")) + ".",
                "Delete its snapshots, and give the VM another disk.",
                Map.of("disk", volume.target(), "source", volume.source()));
        Map<Verb, List<Refusal>> objections = new EnumMap<>(Verb.class);
        EnumSet.of(Verb.CREATE, Verb.RESTORE, Verb.MIGRATE, Verb.CLONE)
                .forEach(verb -> objections.put(verb, List.of(why)));
        return new VolumeState(
                volume,
                volume.location().orElse(volume.source()),
                0,
                0,
                Map.of(),
                List.of(),
                OptionalLong.empty(),
                0,
                objections,
                List.of(),
                false);
    }

    private static Refusal readOnly(Here here) {
        String disk = "Disk " + here.volume().target() + " ("
                + Absence.printable(here.volume().source()) + ") ";
        String where = Absence.printable(here.store());
        Map<String, String> data =
                Map.of("disk", here.volume().target(), "source", here.volume().source());
        return here.readOnly()
                ? new Refusal(
                        Code.STORAGE_READ_ONLY,
                        disk + "lies on " + where + ", which is mounted read-only.",
                        "Mount it for writing.",
                        data)
                : new Refusal(
                        Code.STORAGE_READ_ONLY,
                        disk + "cannot be written to by "
                                + here.owner().map(Owner::toString).orElse("the node's user") + " on " + where + ".",
                        "Let the server export it for writing, and the image's mode let its owner write.",
                        data);
    }
}
