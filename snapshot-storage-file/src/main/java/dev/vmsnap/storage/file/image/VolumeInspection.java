package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Inspects the volumes of one VM. The hypervisor reports what the images hold that an active VM has open, all in one
 * answer; any other image is opened for reading, but only if it is a regular file or a block device.
 */
final class VolumeInspection {
    private final Tools tools;
    private final boolean local;
    private final DriverCall call;

    /**
     * Makes it.
     *
     * @param tools the ways to images, within the limits of an inspection
     * @param local whether the images lie on file systems of the node's own, whose identity is asked here
     * @param call the call's context
     */
    VolumeInspection(Tools tools, boolean local, DriverCall call) {
        this.tools = tools;
        this.local = local;
        this.call = call;
    }

    /**
     * The ways to images.
     *
     * @param images of the images
     * @param layers of what they are based on
     * @param paths of paths
     * @param details of what takes longer to find out; empty if nobody asks for it
     */
    record Tools(QemuImg images, ImageLayers layers, Paths paths, Optional<ImageDetails> details) {}

    List<VolumeState> inspect(List<Volume> volumes) {
        List<Volume> opened = volumes.stream()
                .filter(volume -> volume.format().equals(ImageVolumes.QCOW2))
                .toList();
        Map<String, Paths.Place> places;
        try {
            places = tools.paths().of(opened, call);
        } catch (DriverException e) {
            return volumes.stream()
                    .map(volume -> (VolumeState) new VolumeState.Unknown(volume, Objections.unknown(volume, e)))
                    .toList();
        }
        OpenImages open = OpenImages.of(call);
        Map<String, Optional<NodeFiles.FileSystem>> fileSystems = new HashMap<>();
        List<VolumeState> states = new ArrayList<>();
        for (Volume volume : volumes) {
            try {
                Optional<NodeFiles.FileSystem> room = fileSystems.computeIfAbsent(
                        Directories.of(volume),
                        none -> call.hypervisor().files().fileSystem(volume.source()));
                Paths.@Nullable Place place = places.get(volume.source());
                states.add(place == null ? SeenImage.unopened(volume, room) : state(volume, place, open, room));
            } catch (DriverException e) {
                states.add(new VolumeState.Unknown(volume, Objections.unknown(volume, e)));
            }
        }
        return states;
    }

    private VolumeState state(Volume volume, Paths.Place place, OpenImages open, Optional<NodeFiles.FileSystem> room) {
        Optional<String> elsewhere =
                volume.location().filter(was -> local && place.around().contradicts(was));
        if (open.has(volume)) {
            return active(volume, place, open.image(volume), elsewhere, room);
        }
        if (place.status() instanceof FileStatus.Missing) {
            return elsewhere.isPresent()
                    ? new VolumeState.Unknown(volume, Objections.elsewhere(volume, elsewhere.get()))
                    : missing(volume, place);
        }
        if (place.status() instanceof FileStatus.Unclear unclear) {
            return new VolumeState.Unknown(volume, Objections.unclear(volume, unclear.why()));
        }
        FileStatus.Present file = (FileStatus.Present) place.status();
        if (!file.mayBeOpened()) {
            return new VolumeState.Unknown(volume, Objections.noImage(volume));
        }
        QemuImg.Look look = tools.images().look(volume);
        if (look instanceof QemuImg.Look.Unseen unseen) {
            return new VolumeState.Unknown(volume, Objections.unknown(volume, unseen.failure()));
        }
        ImageFacts facts = ((QemuImg.Look.Seen) look).facts();
        boolean inUse = ((QemuImg.Look.Seen) look).inUse();
        SeenImage seen = new SeenImage(located(volume, place), facts, room);
        Optional<String> unconfirmed = unconfirmed(volume, place);
        if (unconfirmed.isPresent() && !seen.holdsOurs()) {
            return new VolumeState.Unknown(volume, Objections.elsewhere(volume, unconfirmed.get()));
        }
        if (inUse) {
            seen.objections().inUse();
        }
        if (local && !file.writable()) {
            seen.objections().notWritable();
        }
        tools.details().ifPresent(details -> seen.count(details, !inUse));
        return complete(seen, tools.layers().of(volume, facts), place);
    }

    private VolumeState active(
            Volume volume,
            Paths.Place place,
            ImageInfo image,
            Optional<String> elsewhere,
            Optional<NodeFiles.FileSystem> room) {
        SeenImage seen = new SeenImage(located(volume, place), ImageFacts.of(image), room);
        if (elsewhere.isPresent() && !seen.holdsOurs()) {
            return new VolumeState.Unknown(volume, Objections.elsewhere(volume, elsewhere.get()));
        }
        if (place.status() instanceof FileStatus.Missing) {
            seen.objections().detached("the file that the hypervisor has open has no name any more");
        } else {
            image.detached().ifPresent(seen.objections()::detached);
        }
        if (local && place.status() instanceof FileStatus.Present file && !file.writable()) {
            seen.objections().notWritableWhenOff();
        }
        place.around().lacking().ifPresent(seen.objections()::lacks);
        seen.objections().longCut(image);
        tools.details().ifPresent(details -> seen.count(details, false));
        return complete(seen, tools.layers().of(image.chain()), place);
    }

    private static VolumeState complete(SeenImage seen, ImageLayers.Below below, Paths.Place place) {
        below.chain().ifPresent(seen::on);
        below.flaw().ifPresent(flaw -> {
            if (flaw.foreign()) {
                seen.objections().foreignLayer(flaw.text());
            } else {
                seen.objections().layer(flaw.text());
            }
        });
        if (!place.around().others().isEmpty()) {
            seen.objections().otherStores(place.around().others());
        }
        if (place.around().kept()) {
            seen.objections().keptRecords();
        }
        place.around().refused().ifPresent(seen.objections()::refusedRecords);
        return seen.state();
    }

    private Volume located(Volume volume, Paths.Place place) {
        return local ? place.around().fileSystem().map(volume::at).orElse(volume) : volume;
    }

    /** Nothing is there; that is proof only where its place is known to be the one that it was. */
    private VolumeState missing(Volume volume, Paths.Place place) {
        return isProof(volume, place)
                ? new VolumeState.Absent(volume, Objections.absent(volume))
                : new VolumeState.Unknown(volume, Objections.strange(volume));
    }

    private boolean isProof(Volume volume, Paths.Place place) {
        if (place.around().recorded()) {
            return true;
        }
        return local && volume.location().filter(place.around()::confirms).isPresent();
    }

    /**
     * Proves that a volume is absent.
     *
     * @param volume which one
     * @return whether it is; false if it is there
     * @throws DriverException if neither can be known
     */
    boolean isAbsent(Volume volume) {
        Paths.Place place = tools.paths().of(List.of(volume), call).getOrDefault(volume.source(), Paths.Place.NOWHERE);
        Optional<String> elsewhere =
                volume.location().filter(was -> local && place.around().contradicts(was));
        if (place.status() instanceof FileStatus.Present file) {
            if (!file.mayBeOpened()) {
                throw failure(Reason.BROKEN, Objections.noImage(volume).message());
            }
            Optional<String> unconfirmed = unconfirmed(volume, place);
            if (unconfirmed.isPresent() && !holdsOurs(volume)) {
                throw elsewhere(volume, unconfirmed.get());
            }
            return false;
        }
        if (place.status() instanceof FileStatus.Unclear unclear) {
            Reason reason = unclear.why().contains("denied") ? Reason.DENIED : Reason.UNREACHABLE;
            throw failure(reason, Objections.unclear(volume, unclear.why()).message());
        }
        if (elsewhere.isPresent()) {
            throw elsewhere(volume, elsewhere.get());
        }
        if (!isProof(volume, place)) {
            throw failure(Reason.UNREACHABLE, Objections.strange(volume).message());
        }
        return true;
    }

    /** The storage that a volume was on, if nothing proves the present one to be that: its identity, or our records beside. */
    private Optional<String> unconfirmed(Volume volume, Paths.Place place) {
        return volume.location()
                .filter(was -> local
                        && !place.around().confirms(was)
                        && (!place.around().recorded() || place.around().contradicts(was)));
    }

    private boolean holdsOurs(Volume volume) {
        QemuImg.Look look = tools.images().look(volume);
        if (look instanceof QemuImg.Look.Unseen unseen) {
            throw unseen.failure();
        }
        return new SeenImage(volume, ((QemuImg.Look.Seen) look).facts(), Optional.empty()).holdsOurs();
    }

    private static DriverException elsewhere(Volume volume, String why) {
        return failure(Reason.UNREACHABLE, Objections.elsewhere(volume, why).message());
    }

    private static DriverException failure(Reason reason, String message) {
        return new DriverException(ImageVolumes.DRIVER, reason, message);
    }
}
