package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.storage.file.image.ImageVolumes;
import dev.vmsnap.storage.nas.Lookout.Depth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Copies of disks, to places on exports that must be there as the disks must. They are made by somebody who may read the
 * images and write where the copies go: the owner of the images, of the directories, or the node's own user.
 */
final class Copying {
    private static final Duration TIME = Duration.ofMinutes(1);
    private static final String MAY = "while [ $# -ge 2 ]; do test \"$1\" \"$2\" || exit 1; shift 2; done";
    private static final String NOBODY = "nobody may both read the images and write to the directory";

    private final Lookout lookout;
    private final Visit visit;

    Copying(Lookout lookout, Visit visit) {
        this.lookout = lookout;
        this.visit = visit;
    }

    List<Refusal> objectionsTo(
            List<Volume> volumes,
            Optional<SnapshotId> id,
            Map<String, String> destinations,
            ImageVolumes images,
            DriverCall call) {
        Scene scene = lookout.at(volumes, Depth.IMAGES, call);
        if (scene.volumes().size() < volumes.size()) {
            // What is not there is said to be so against every verb.
            return List.of();
        }
        Scene places = lookout.at(places(volumes, destinations), Depth.PLACES, call);
        List<Refusal> found = new ArrayList<>();
        places.absent()
                .forEach(away -> found.add(
                        invalid(away.volume(), " cannot be made. " + away.why().message())));
        Set<String> absent =
                places.absent().stream().map(away -> away.volume().target()).collect(Collectors.toSet());
        List<Volume> possible = scene.volumes().stream()
                .filter(volume -> !absent.contains(volume.target()))
                .toList();
        Optional<Optional<Owner>> maker = maker(scene, places, call);
        if (maker.isEmpty()) {
            places.all()
                    .forEach(place -> found.add(
                            invalid(place, " cannot be " + Absence.printable(place.source()) + ": " + NOBODY + ".")));
        } else if (!possible.isEmpty()) {
            Set<String> there = places.all().stream().map(Volume::source).collect(Collectors.toSet());
            found.addAll(images.objectionsTo(
                    possible, id, destinations, there::contains, Visit.inside(scene.and(places), maker.get(), call)));
        }
        return List.copyOf(found);
    }

    /** Reads images and writes to places for copies of them. */
    void copy(
            List<Volume> volumes,
            Map<String, String> destinations,
            DriverCall call,
            BiConsumer<List<Volume>, DriverCall> verb) {
        Scene scene = lookout.at(volumes, Depth.IMAGES, call);
        scene.requireThere();
        Visit.requireNoneAbsent(scene);
        Scene places = lookout.at(places(volumes, destinations), Depth.PLACES, call);
        places.requireThere();
        Optional<Owner> maker = maker(scene, places, call)
                .orElseThrow(() -> new DriverException(NasStorage.ID, Reason.DENIED, NOBODY + " of the copies"));
        Scene whole = scene.and(places);
        visit.explaining(
                Stream.concat(volumes.stream(), places.all().stream()).toList(),
                Depth.PLACES,
                call,
                () -> verb.accept(scene.volumes(), Visit.inside(whole, maker, call)));
    }

    /** Writes to places for copies only; the images may be away. */
    void place(
            List<Volume> volumes,
            Map<String, String> destinations,
            DriverCall call,
            BiConsumer<List<Volume>, DriverCall> verb) {
        List<Volume> targets = places(volumes, destinations);
        Scene places = lookout.at(targets, Depth.PLACES, call);
        places.requireThere();
        Optional<Owner> maker =
                maker(lookout.at(volumes, Depth.IMAGES, call), places, call).orElse(places.keeper());
        visit.explaining(targets, Depth.PLACES, call, () -> verb.accept(volumes, Visit.inside(places, maker, call)));
        lookout.at(targets, Depth.PLACES, call).requireThere();
    }

    /** Who makes the copies, and finds them again; nobody when no one may. */
    private static Optional<Optional<Owner>> maker(Scene images, Scene places, DriverCall call) {
        List<String> wanted = new ArrayList<>();
        images.volumes().forEach(image -> wanted.addAll(List.of("-r", image.source())));
        places.all().forEach(place -> wanted.addAll(List.of("-w", Lookout.directory(place.source()))));
        return Stream.of(images.owner(), places.keeper(), Optional.<Owner>empty())
                .distinct()
                .filter(who -> may(who, wanted, call))
                .findFirst();
    }

    private static boolean may(Optional<Owner> who, List<String> wanted, DriverCall call) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", MAY, "sh"));
        command.addAll(wanted);
        return new BoundedCommands(call.hypervisor().commands(), who)
                .run(Command.of(command.toArray(String[]::new)).within(TIME))
                .succeeded();
    }

    /** Where the copies go, as volumes of which nothing is remembered. */
    private static List<Volume> places(List<Volume> volumes, Map<String, String> destinations) {
        return volumes.stream()
                .filter(volume -> destinations.getOrDefault(volume.target(), "").startsWith("/"))
                .map(volume -> new Volume(
                        volume.target(),
                        destinations.getOrDefault(volume.target(), ""),
                        volume.format(),
                        volume.kind(),
                        volume.storage(),
                        volume.virtualBytes()))
                .toList();
    }

    private static Refusal invalid(Volume place, String why) {
        return new Refusal(
                Refusal.Code.DESTINATION_INVALID,
                "The copy of disk " + place.target() + why,
                "Name a place on an export that is there, in a directory that the images' owner may write to.",
                Map.of("disk", place.target(), "destination", place.source()));
    }
}
