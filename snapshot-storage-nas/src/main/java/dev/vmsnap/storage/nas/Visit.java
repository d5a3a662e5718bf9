package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.storage.nas.Lookout.Depth;
import dev.vmsnap.storage.nas.Standing.Abandoned;
import dev.vmsnap.storage.nas.Standing.Here;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * A verb on volumes whose export must be there, before and afterwards: what is missing on a mount that has gone meanwhile
 * must not count as deleted, and a server that has gone is told as such, whatever the tool has said of it.
 */
final class Visit {
    private static final Set<Reason> CERTAIN =
            EnumSet.of(Reason.NO_SPACE, Reason.IN_USE, Reason.UNREACHABLE, Reason.CONFLICT, Reason.LEASE_LOST);

    private final Lookout lookout;

    Visit(Lookout lookout) {
        this.lookout = lookout;
    }

    /** Changes images, which must be there. */
    void change(List<Volume> volumes, DriverCall call, BiConsumer<List<Volume>, DriverCall> verb) {
        Scene scene = there(volumes, call);
        requireNoneAbsent(scene);
        explaining(volumes, Depth.IMAGES, call, () -> verb.accept(scene.volumes(), inside(scene, scene.owner(), call)));
    }

    /** Changes those images that there are; what is gone needs no change. */
    void clear(List<Volume> volumes, DriverCall call, BiConsumer<List<Volume>, DriverCall> verb) {
        Scene scene = there(volumes, call);
        if (!scene.volumes().isEmpty()) {
            explaining(
                    volumes,
                    Depth.IMAGES,
                    call,
                    () -> verb.accept(scene.volumes(), inside(scene, scene.owner(), call)));
            lookout.at(volumes, Depth.IMAGES, call).requireThere();
        }
    }

    /** Writes beside the images, which nobody looks at; first where that can be done. */
    void write(List<Volume> volumes, DriverCall call, BiConsumer<List<Volume>, DriverCall> verb) {
        Scene scene = lookout.at(volumes, Depth.RECORDS, call);
        scene.byKeeper()
                .forEach((keeper, there) -> explaining(
                        volumes, Depth.RECORDS, call, () -> verb.accept(there, inside(scene, keeper, call))));
        scene.requireThere();
    }

    /** Reads beside the images, whose storage must all be there. */
    void read(List<Volume> volumes, DriverCall call, BiConsumer<List<Volume>, DriverCall> verb) {
        lookout.at(volumes, Depth.RECORDS, call).requireThere();
        write(volumes, call, verb);
    }

    private Scene there(List<Volume> volumes, DriverCall call) {
        Scene scene = lookout.at(volumes, Depth.IMAGES, call);
        scene.requireThere();
        requireWritable(scene);
        return scene;
    }

    /** Works, and tells a failure by what has become of the volumes' exports where that explains it. */
    void explaining(List<Volume> volumes, Depth depth, DriverCall call, Runnable work) {
        try {
            work.run();
        } catch (DriverException e) {
            throw explained(e, volumes, depth, call);
        }
    }

    private DriverException explained(DriverException failure, List<Volume> volumes, Depth depth, DriverCall call) {
        if (!CERTAIN.contains(failure.reason())) {
            try {
                Optional<Standing.Away> away =
                        lookout.at(volumes, depth, call).absent().stream().findFirst();
                if (away.isPresent()) {
                    return new DriverException(
                            NasStorage.ID,
                            away.get().reason(),
                            away.get().why().message() + " Before that: " + failure.getMessage(),
                            failure);
                }
            } catch (DriverException second) {
                failure.addSuppressed(second);
            }
        }
        return ours(failure, call);
    }

    /** A failure of the driver that does the work on images is ours to those who ask us. */
    static DriverException ours(DriverException failure, DriverCall call) {
        boolean known = failure.driver().equals(NasStorage.ID)
                || failure.driver().equals(call.hypervisor().id());
        return known
                ? failure
                : new DriverException(NasStorage.ID, failure.reason(), String.valueOf(failure.getMessage()), failure);
    }

    /** The call as work on the images finds it. */
    static DriverCall inside(Scene scene, Optional<Owner> as, DriverCall call) {
        return new NasCall(call, NasNode.of(call.hypervisor(), scene, as));
    }

    static void requireNoneAbsent(Scene scene) {
        for (Standing standing : scene.standings()) {
            if (standing instanceof Here here && here.missing()) {
                throw new DriverException(
                        NasStorage.ID,
                        Reason.MISSING,
                        Absence.gone(here.volume()).message());
            }
            if (standing instanceof Abandoned gone) {
                throw new DriverException(
                        NasStorage.ID,
                        Reason.MISSING,
                        "the export of disk " + gone.volume().target() + " is gone for good");
            }
        }
    }

    private static void requireWritable(Scene scene) {
        for (Here here : scene.here()) {
            if (here.readOnly() || !(here.writable() || here.missing())) {
                throw new DriverException(
                        NasStorage.ID,
                        Reason.DENIED,
                        "disk " + here.volume().target() + " on " + Absence.printable(here.store())
                                + (here.readOnly()
                                        ? ", which is mounted read-only"
                                        : " cannot be written to by "
                                                + here.owner()
                                                        .map(Owner::toString)
                                                        .orElse("the node's user")));
            }
        }
    }
}
