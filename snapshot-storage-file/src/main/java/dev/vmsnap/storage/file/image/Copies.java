package dev.vmsnap.storage.file.image;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.manifest.CopyProgress;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.NodeFiles;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Makes images of their own from what snapshots have, and leaves the images that they are copied from alone. */
final class Copies {
    // Both names are of the directory that was entered: one that is renamed meanwhile gets no second file of another's.
    private static final String NAME = PathWalk.SCRIPT + """
            walk "$1"
            [ ! -L "./$name" ] || refuse "$1 was replaced by a symbolic link"
            ln -T -- "./$name" "./${2##*/}"
            """;

    private final QemuImg images;
    private final ImageLayers layers;
    private final Duration timeout;
    private final DriverCall call;
    private final Commands commands;
    private final NodeFiles files;

    Copies(QemuImg images, ImageLayers layers, Duration timeout, DriverCall call) {
        this.images = images;
        this.layers = layers;
        this.timeout = timeout;
        this.call = call;
        this.commands = call.hypervisor().commands();
        this.files = call.hypervisor().files();
    }

    void copy(List<Volume> volumes, SnapshotId id, Map<String, String> destinations) {
        discard(volumes, id, destinations);
        Map<Volume, Original> originals = new LinkedHashMap<>();
        for (Volume volume : volumes) {
            originals.put(volume, original(volume, Optional.of(id)));
        }
        requireRoom(originals, destinations);
        double whole = Math.max(
                1, originals.values().stream().mapToLong(Original::bytes).sum());
        long done = 0;
        for (Map.Entry<Volume, Original> one : originals.entrySet()) {
            if (call.cancelled()) {
                throw new CancelledException("copying disk " + one.getKey().target());
            }
            Original original = one.getValue();
            CopyPlace place = CopyPlace.of(one.getKey(), id, destinations);
            // Made by us first, so that nobody but its owner can ever read it.
            files.write(place.hidden(), new byte[0]);
            double before = done;
            CopyProgress progress =
                    new CopyProgress(part -> call.report((before + part * original.bytes()) / whole), call::cancelled);
            images.convert(original.chain(), id, place.hiddenImage(), original.bytes(), progress);
            requireSame(one.getKey(), original.chain());
            requireWhole(one.getKey(), original, place);
            done += original.bytes();
            call.report(done / whole);
        }
    }

    void reveal(List<Volume> volumes, SnapshotId id, Map<String, String> destinations) {
        for (CopyPlace place : places(volumes, id, destinations)) {
            Commands.Result linked = run("sh", "-c", NAME, "named", place.hidden(), place.file());
            if (!linked.succeeded() && !isOurs(place)) {
                boolean taken = run("stat", "--", place.file()).succeeded();
                throw taken
                        ? failure(Reason.IN_USE, ToolFailure.printable(place.file()) + " is there already")
                        : ToolFailure.of(
                                "cannot give a copy its name",
                                new ImageNode(place.file()),
                                List.of(place.hidden()),
                                linked);
            }
            flush(place.directory());
        }
    }

    /** A copy that has its name goes before its mark does: whoever is interrupted between the two still finds it. */
    void discard(List<Volume> volumes, SnapshotId id, Map<String, String> destinations) {
        for (CopyPlace place : places(volumes, id, destinations)) {
            if (isOurs(place)) {
                files.delete(place.file());
            }
            deleteIfThere(place);
        }
    }

    void handOver(List<Volume> volumes, SnapshotId id, Map<String, String> destinations) {
        places(volumes, id, destinations).forEach(this::deleteIfThere);
    }

    /** What is known of an image that is to be copied. */
    record Original(ImageChain chain, long bytes) {}

    /**
     * Looks at an image that is to be copied.
     *
     * @param volume the image
     * @param id of which snapshot; empty for the present state
     * @return what is known
     */
    Original original(Volume volume, Optional<SnapshotId> id) {
        if (!volume.format().equals(ImageVolumes.QCOW2)) {
            throw failure(Reason.BROKEN, "disk " + volume.target() + " is not a qcow2 image");
        }
        ImageChain chain = chain(volume);
        if (id.isPresent()) {
            requireSnapshot(volume, chain.facts(), id.get());
        }
        return new Original(chain, images.measure(chain, id));
    }

    private ImageChain chain(Volume volume) {
        ImageFacts facts = images.shared(new ImageNode(volume.source()), volume.target());
        if (facts.dataFile().isPresent()) {
            throw failure(Reason.BROKEN, "disk " + volume.target() + " keeps its data in an external file");
        }
        return layers.whole(volume, facts);
    }

    private static void requireSnapshot(Volume volume, ImageFacts facts, SnapshotId id) {
        int times = facts.named(id).size();
        if (times != 1) {
            throw failure(
                    times == 0 ? Reason.MISSING : Reason.BROKEN,
                    "disk " + volume.target() + " holds " + times + " snapshots " + id);
        }
        // qemu-img copies as much as the disk has now: too little of one that was larger, and of one that was
        // smaller also what lies behind its end, which may be RAM.
        OptionalLong then = volume.virtualBytes();
        if (then.isPresent() && then.getAsLong() != facts.image().virtualBytes()) {
            throw failure(
                    Reason.BROKEN,
                    "disk " + volume.target() + " was resized since snapshot " + id
                            + ", so that the snapshot cannot be copied");
        }
    }

    private void requireRoom(Map<Volume, Original> originals, Map<String, String> destinations) {
        Map<String, Long> needed = new LinkedHashMap<>();
        Map<String, Long> free = new LinkedHashMap<>();
        originals.forEach((volume, original) -> {
            String place = destinations.getOrDefault(volume.target(), "");
            NodeFiles.FileSystem there = files.fileSystem(place)
                    .orElseThrow(
                            () -> failure(Reason.MISSING, "there is no directory for " + ToolFailure.printable(place)));
            needed.merge(there.mount(), original.bytes(), Long::sum);
            free.put(there.mount(), there.freeBytes());
        });
        needed.forEach((mount, bytes) -> {
            if (bytes > free.getOrDefault(mount, 0L)) {
                throw failure(
                        Reason.NO_SPACE,
                        "the copies need " + bytes + " bytes on " + mount + ", where " + free.get(mount) + " are free");
            }
        });
    }

    /** Requires the same layers as before: a header that changed during the copy may have led the tool elsewhere. */
    private void requireSame(Volume volume, ImageChain copied) {
        ImageChain now = chain(volume);
        if (!now.argument().equals(copied.argument()) || !now.descriptors().equals(copied.descriptors())) {
            throw failure(
                    Reason.IN_USE,
                    "disk " + volume.target() + " or what it is based on was replaced while it was copied");
        }
    }

    /** Success is not believed: the copy is looked at, and is on stable storage. */
    private void requireWhole(Volume volume, Original original, CopyPlace place) {
        flush(place.hidden());
        ImageFacts made = images.read(volume.withSource(place.hidden()));
        if (made.image().corrupt()
                || !made.image().snapshots().isEmpty()
                || made.backing().isPresent()
                || made.image().virtualBytes()
                        != original.chain().facts().image().virtualBytes()) {
            throw failure(Reason.BROKEN, "the copy of disk " + volume.target() + " is not what it should be");
        }
    }

    private void deleteIfThere(CopyPlace place) {
        if (files.fileSystem(place.file()).isPresent()) {
            files.delete(place.hidden());
        }
    }

    private boolean isOurs(CopyPlace place) {
        return run("test", place.hidden(), "-ef", place.file()).succeeded();
    }

    private void flush(String path) {
        Commands.Result flushed = run("sync", "--", path);
        if (!flushed.succeeded()) {
            throw ToolFailure.of("cannot flush", new ImageNode(path), flushed);
        }
    }

    private static Set<CopyPlace> places(List<Volume> volumes, SnapshotId id, Map<String, String> destinations) {
        Set<CopyPlace> places = new LinkedHashSet<>();
        volumes.forEach(volume -> places.add(CopyPlace.of(volume, id, destinations)));
        return places;
    }

    private Commands.Result run(String... arguments) {
        return commands.run(Command.of(arguments).within(timeout));
    }

    private static DriverException failure(Reason reason, String message) {
        return new DriverException(ImageVolumes.DRIVER, reason, message);
    }
}
