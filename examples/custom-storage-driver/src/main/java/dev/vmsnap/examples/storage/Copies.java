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
    private static final Duration TIME_TO_COPY = Duration.ofHours(1);

    private final String directory;
    private final Commands commands;

    Copies(String directory, DriverCall call) {
        this.directory = directory;
        this.commands = call.hypervisor().commands();
    }

    OptionalLong size(Volume volume) {
        Result found = commands.run(Command.of("stat", "--format=%s", "--", volume.source()));
        return found.succeeded() ? OptionalLong.of(Long.parseLong(found.output().strip())) : OptionalLong.empty();
    }

    Set<SnapshotId> of(Volume volume) {
        if (!isThere(place(volume))) {
            return Set.of();
        }
        return run("find", place(volume), "-type", "f", "-printf", "%f\\n")
                .output()
                .lines()
                .filter(name -> !name.endsWith(PART))
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
        run("rm", "--force", "--", copy(volume, id), copy(volume, id) + PART);
        dropEmpty(place(volume));
        dropEmptyPlace();
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
        return commands.run(Command.of("test", "-d", path)).succeeded();
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

    private String staged(Volume volume) {
        return place(volume) + "/.restore" + PART;
    }
}
