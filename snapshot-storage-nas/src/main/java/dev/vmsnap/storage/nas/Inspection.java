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
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Looks at volumes: at the mount first, and at images only where that answers. */
final class Inspection {
    private static final Set<Verb> WRITING =
            EnumSet.of(Verb.CREATE, Verb.RESTORE, Verb.DELETE, Verb.DELETE_ALL, Verb.DELETE_VM);

    private final Lookout lookout;
    private final BiFunction<List<Volume>, DriverCall, List<VolumeState>> images;

    /** With a way to look at images that are there. */
    Inspection(Lookout lookout, BiFunction<List<Volume>, DriverCall, List<VolumeState>> images) {
        this.lookout = lookout;
        this.images = images;
    }

    List<VolumeState> of(List<Volume> volumes, DriverCall call) {
        try {
            return inspected(volumes, call);
        } catch (DriverException e) {
            return volumes.stream()
                    .map(volume -> Absence.of(volume, Optional.empty()).failed(e))
                    .<VolumeState>map(away -> new VolumeState.Unknown(away.volume(), away.why()))
                    .toList();
        }
    }

    private List<VolumeState> inspected(List<Volume> volumes, DriverCall call) {
        Scene scene = lookout.at(volumes, Depth.IMAGES, call);
        List<VolumeState> states = states(scene, call);
        boolean known = states.stream().noneMatch(VolumeState::isUnknown);
        if (known || scene.here().isEmpty()) {
            return states;
        }
        // The server may have gone between the two looks.
        List<Standing> again = lookout.at(volumes, Depth.IMAGES, call).standings();
        List<VolumeState> explained = new ArrayList<>();
        for (int i = 0; i < states.size(); i++) {
            explained.add(
                    states.get(i).isUnknown() && again.get(i) instanceof Standing.Away away
                            ? new VolumeState.Unknown(away.volume(), away.why())
                            : states.get(i));
        }
        return explained;
    }

    private List<VolumeState> states(Scene scene, DriverCall call) {
        List<Volume> there = scene.here().stream()
                .filter(here -> isInspected(here, call))
                .map(Here::seen)
                .toList();
        Iterator<VolumeState> seen = there.isEmpty()
                ? List.<VolumeState>of().iterator()
                : images.apply(there, Visit.inside(scene, scene.owner(), call)).iterator();
        List<VolumeState> states = new ArrayList<>();
        for (Standing standing : scene.standings()) {
            if (standing instanceof Here here) {
                states.add(
                        isInspected(here, call)
                                ? state(here, seen.next(), call)
                                : new VolumeState.Absent(here.seen(), Absence.gone(here.volume())));
            } else if (standing instanceof Standing.Away away) {
                states.add(new VolumeState.Unknown(away.volume(), away.why()));
            } else {
                states.add(abandoned(standing.volume()));
            }
        }
        return states;
    }

    /** Whether there is an image: at its path, or open in the hypervisor though its name is gone. */
    private static boolean isInspected(Here here, DriverCall call) {
        return !here.missing() || isOpen(here, call);
    }

    private static boolean isOpen(Here here, DriverCall call) {
        return call.vm().power().isActive() && call.vm().has(here.volume());
    }

    private static VolumeState state(Here here, VolumeState state, DriverCall call) {
        return state.fold(seen -> seen(here, seen, call), absent -> absent, unknown -> unknown(here, unknown, call));
    }

    /** The way to a closed image on a mount that answers is disturbed if it cannot be read; an open one QEMU reports. */
    private static VolumeState unknown(Here here, VolumeState.Unknown unknown, DriverCall call) {
        if (unknown.why().code() != Code.IMAGE_UNUSABLE || isOpen(here, call)) {
            return unknown;
        }
        Standing.Away away = Absence.of(here.volume(), Optional.of(here.mount()))
                .broken(unknown.why().message());
        return new VolumeState.Unknown(away.volume(), away.why());
    }

    private static VolumeState seen(Here here, VolumeState.Seen seen, DriverCall call) {
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
        return seen.with(objections, notices);
    }

    private static VolumeState abandoned(Volume volume) {
        return new VolumeState.Absent(
                volume,
                new Refusal(
                        Code.IMAGE_UNUSABLE,
                        "Disk " + volume.target() + " lay on an export that is gone for good: "
                                + Absence.printable(volume.location().orElse("")) + ".",
                        "Delete its snapshots, and give the VM another disk.",
                        Map.of("disk", volume.target(), "source", volume.source())));
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
