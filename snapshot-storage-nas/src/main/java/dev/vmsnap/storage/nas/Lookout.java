package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.storage.file.image.ImageVolumes;
import dev.vmsnap.storage.nas.Standing.Here;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds out how it stands with volumes: what is mounted where they should be, whether it answers, and what is there. */
final class Lookout {
    private static final String AUTOMATIC = "autofs";

    private final Exports exports;
    private final Duration deadline;

    Lookout(Exports exports, Duration deadline) {
        this.exports = exports;
        this.deadline = deadline;
    }

    /** How much is looked at. */
    enum Depth {
        /** The mounts, and whether the records beside the images can be worked on. */
        RECORDS,
        /** The images, too; that one is missing needs proof. */
        IMAGES,
        /** The same of places for copies, where nothing is yet. */
        PLACES
    }

    /** What a path leads to. */
    Optional<NodeFiles.Mount> mount(String path, DriverCall call) {
        Optional<NodeFiles.Mount> mount = call.hypervisor().files().mount(path);
        if (mount.filter(there -> there.type().equals(AUTOMATIC)).isEmpty()) {
            return mount;
        }
        // The kernel mounts the real one when somebody asks for it.
        try {
            new BoundedCommands(call.hypervisor().commands(), Optional.empty())
                    .run(Command.of("stat", "--", directory(path)).within(deadline));
        } catch (DriverException e) {
            if (e.reason() != Reason.TIMEOUT) {
                throw e;
            }
        }
        return call.hypervisor().files().mount(path);
    }

    Scene at(List<Volume> volumes, Depth depth, DriverCall call) {
        Map<Volume, Standing> standings = new LinkedHashMap<>();
        Map<String, List<Here>> byPoint = new LinkedHashMap<>();
        for (Volume volume : volumes) {
            Standing standing = mounted(volume, mount(volume.source(), call));
            standings.put(volume, standing);
            if (standing instanceof Here here) {
                byPoint.computeIfAbsent(here.mount().point(), none -> new ArrayList<>())
                        .add(here);
            }
        }
        byPoint.forEach((point, there) ->
                looked(point, there, depth, call).forEach(standing -> standings.put(standing.volume(), standing)));
        return new Scene(List.copyOf(standings.values()));
    }

    /** As far as the table of mounts tells. */
    private Standing mounted(Volume volume, Optional<NodeFiles.Mount> mount) {
        if (volume.location().filter(exports::areWithout).isPresent()) {
            return new Standing.Abandoned(volume);
        }
        Absence absence = Absence.of(volume, mount);
        if (mount.isEmpty() || !exports.areOn(mount.get().type())) {
            return absence.notMounted();
        }
        Optional<String> now = Exports.place(mount.get());
        if (volume.location().isPresent()
                && now.isPresent()
                && !exports.areSame(volume.location().get(), now.get())) {
            return absence.another(volume.location().get(), now.get());
        }
        return new Here(volume, mount.get(), false, true, 0, Optional.empty(), Optional.empty());
    }

    /** As far as one look at a mount tells. */
    private List<Standing> looked(String point, List<Here> there, Depth depth, DriverCall call) {
        List<Glance.Target> targets = there.stream()
                .map(here -> here.volume().source())
                .map(path -> target(path, call))
                .toList();
        Optional<Glance.Seen> seen = Glance.at(call.hypervisor().commands(), deadline, point, targets);
        List<Standing> standings = new ArrayList<>();
        for (int i = 0; i < there.size(); i++) {
            Here here = there.get(i);
            Absence absence = Absence.of(here.volume(), Optional.of(here.mount()));
            if (seen.isEmpty()) {
                standings.add(absence.silent(deadline));
            } else if (seen.get().trouble().isPresent()) {
                standings.add(absence.trouble(seen.get().trouble().get()));
            } else {
                standings.add(
                        weighed(here.volume(), here.mount(), seen.get().images().get(i), depth, call));
            }
        }
        return standings;
    }

    private Standing weighed(Volume volume, NodeFiles.Mount mount, Glance.Image image, Depth depth, DriverCall call) {
        Absence absence = Absence.of(volume, Optional.of(mount));
        boolean opened = depth == Depth.IMAGES || depth == Depth.PLACES;
        if (image.missing()) {
            Optional<NodeFiles.Mount> now = mount(volume.source(), call);
            if (now.filter(there -> isSame(there, mount)).isEmpty()) {
                return mounted(volume, now) instanceof Standing.Away away
                        ? away
                        : Absence.of(volume, now).notMounted();
            }
            if (depth == Depth.IMAGES && !image.recorded()) {
                return absence.strange();
            }
        } else if (opened && image.trouble().isPresent()) {
            return absence.trouble(image.trouble().get());
        } else if (opened && !image.inside()) {
            return absence.elsewhere();
        } else if (opened && !image.openable()) {
            return absence.noImage();
        } else if (opened && !image.readable()) {
            return absence.unreadable(image.owner());
        }
        return new Here(
                volume, mount, image.missing(), image.writable(), image.freeBytes(), image.owner(), image.keeper());
    }

    private static boolean isSame(NodeFiles.Mount one, NodeFiles.Mount other) {
        return one.point().equals(other.point())
                && one.source().equals(other.source())
                && one.rest().equals(other.rest());
    }

    static String directory(String path) {
        int end = path.lastIndexOf('/');
        return end <= 0 ? "/" : path.substring(0, end);
    }

    /** An image, and where the records of the VM lie beside it. */
    private static Glance.Target target(String path, DriverCall call) {
        String directory = directory(path);
        String records = directory + "/.vmsnap/";
        return new Glance.Target(
                path,
                directory,
                records + ImageVolumes.records(call.vm().id(), call.store()),
                records + ImageVolumes.recordsOfAnyStore(call.vm().id()));
    }
}
