package dev.vmsnap.examples.storage;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.spi.DriverCall;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** The copies on the node of one call: where they are, and the commands that make and remove them. */
final class Copies {
    static final String PLACE = ".vmsnap";
    private static final String PART = ".part";
    private static final String RAM = ".ram";
    private static final Duration TIME_TO_COPY = Duration.ofHours(1);
    private static final Duration TIME_TO_ANSWER = Duration.ofSeconds(20);

    private final String directory;
    private final Commands commands;

    Copies(String directory, DriverCall call) {
        this.directory = directory;
        this.commands = call.hypervisor().commands();
    }

    /** Returns the size of a volume, or empty if it is proved absent; whatever else keeps it from being seen is a failure. */
    OptionalLong size(Volume volume) {
        OptionalLong size = size(volume.source());
        if (size.isEmpty() && !isThere(directory + "/" + PLACE)) {
            throw new DriverException(
                    "copy",
                    Reason.UNREACHABLE,
                    directory + " has neither " + volume.source()
                            + " nor any copy: another file system, or none, is there");
        }
        return size;
    }

    private OptionalLong size(String path) {
        Result found =
                commands.run(Command.of("stat", "--format=%s", "--", path).within(TIME_TO_ANSWER));
        if (found.succeeded()) {
            return OptionalLong.of(Long.parseLong(found.output().strip()));
        }
        return absent(path, found, OptionalLong.empty());
    }

    Set<SnapshotId> of(Volume volume) {
        Result found = commands.run(Command.of("find", place(volume), "-type", "f", "-printf", "%f\\n")
                .within(TIME_TO_ANSWER));
        if (!found.succeeded()) {
            return absent(place(volume), found, Set.of());
        }
        return found.output()
                .lines()
                .filter(name -> !name.endsWith(PART) && !name.endsWith(RAM))
                .map(SnapshotId::of)
                .collect(Collectors.toSet());
    }

    void take(Volume volume, SnapshotId id) {
        run("mkdir", "--parents", "--mode=700", "--", place(volume));
        copy(volume.source(), copy(volume, id) + PART);
        run("mv", "--", copy(volume, id) + PART, copy(volume, id));
        run("sync", "--", place(volume));
    }

    /** Makes the file that a restore will put in the volume's place. */
    void stage(Volume volume, SnapshotId id) {
        copy(copy(volume, id), staged(volume));
    }

    void swap(Volume volume) {
        run("mv", "--", staged(volume), volume.source());
        run("sync", "--", directory);
    }

    void drop(Volume volume, SnapshotId id) {
        run("rm", "--force", "--", copy(volume, id), copy(volume, id) + PART, ram(volume, id), ram(volume, id) + PART);
        dropEmpty(place(volume));
        dropEmptyPlace();
    }

    /** Makes the file for RAM at its full size, so that the hypervisor cannot run out of space in it. */
    void reserveRam(Volume volume, SnapshotId id, long bytes) {
        run("mkdir", "--parents", "--mode=700", "--", place(volume));
        if (size(ram(volume, id)).isEmpty()) {
            run("install", "--mode=600", "--", "/dev/null", ram(volume, id) + PART);
            run("fallocate", "--length", Long.toString(bytes), ram(volume, id) + PART);
        }
    }

    /** Returns the file for RAM: the whole one, or the one that is still to be written. */
    String openRam(Volume volume, SnapshotId id) {
        String whole = ram(volume, id);
        String path = size(whole).isPresent() ? whole : whole + PART;
        if (size(path).isEmpty()) {
            throw new DriverException(
                    "copy", Reason.MISSING, "snapshot " + id + " has no RAM beside " + volume.source());
        }
        return path;
    }

    /** Gives back what was not needed, and the file its own name. */
    void keepRam(Volume volume, SnapshotId id, long bytes) {
        String path = openRam(volume, id);
        run("truncate", "--size=" + bytes, "--", path);
        run("sync", "--", path);
        if (path.endsWith(PART)) {
            run("mv", "--", path, ram(volume, id));
            run("sync", "--", place(volume));
        }
    }

    long ramBytes(Volume volume, SnapshotId id) {
        return size(ram(volume, id)).orElse(0);
    }

    void dropParts(Volume volume) {
        if (isThere(place(volume))) {
            run("find", place(volume), "-name", "*" + PART, "-delete");
        }
    }

    void dropEmptyPlace() {
        dropEmpty(directory + "/" + PLACE);
    }

    private boolean isThere(String path) {
        return commands.run(Command.of("test", "-d", path).within(TIME_TO_ANSWER))
                .succeeded();
    }

    /** Only one answer means that something is not there; every other failure proves nothing. */
    private static <T> T absent(String path, Result found, T nothing) {
        if (reason(found.errors()) == Reason.MISSING) {
            return nothing;
        }
        throw new DriverException("copy", reason(found.errors()), path + " cannot be inspected: " + found.errors());
    }

    private void dropEmpty(String path) {
        // It says so when it is not empty or not there; both are well.
        commands.run(Command.of("rmdir", "--", path));
    }

    private void copy(String from, String to) {
        run("cp", "--reflink=auto", "--sparse=always", "--preserve=mode,ownership", "--", from, to);
        run("sync", "--", to);
    }

    private Result run(String... arguments) {
        Result result = commands.run(Command.of(arguments).within(TIME_TO_COPY));
        if (!result.succeeded()) {
            throw new DriverException("copy", reason(result.errors()), List.of(arguments) + ": " + result.errors());
        }
        return result;
    }

    private static Reason reason(String errors) {
        if (errors.contains("No space left on device")) {
            return Reason.NO_SPACE;
        }
        if (errors.contains("Permission denied")) {
            return Reason.DENIED;
        }
        return errors.contains("No such file or directory") ? Reason.MISSING : Reason.BROKEN;
    }

    private String place(Volume volume) {
        String name = volume.source().substring(volume.source().lastIndexOf('/') + 1);
        return directory + "/" + PLACE + "/" + name;
    }

    private String copy(Volume volume, SnapshotId id) {
        return place(volume) + "/" + id;
    }

    private String ram(Volume volume, SnapshotId id) {
        return copy(volume, id) + RAM;
    }

    private String staged(Volume volume) {
        return place(volume) + "/.restore" + PART;
    }
}
