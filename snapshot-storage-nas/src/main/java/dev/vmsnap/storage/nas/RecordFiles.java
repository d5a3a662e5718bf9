package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.storage.file.image.PathWalk;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The small files beside the volumes of one call, read and written as whom the call works. Each script enters the directory name
 * by name and follows no link that others may have made.
 */
final class RecordFiles implements NodeFiles {
    private static final Duration TIME = Duration.ofMinutes(1);

    private static final String READ = PathWalk.SCRIPT + """
            walk "$1"
            [ -e "./$name" ] || [ -L "./$name" ] || exit 117
            [ -f "./$name" ] && [ ! -L "./$name" ] || refuse "$1 is no file"
            dd if="./$name" iflag=nonblock,nofollow bs=1M status=none
            """;

    // The temporary name is always the same, so that one that was killed leaves nothing for ever.
    private static final String WRITE = PathWalk.SCRIPT + """
            walk "$1" make
            temporary=./.$name.tmp
            trap 'rm -f -- "$temporary"' EXIT
            rm -f -- "$temporary" &&
                dd of="$temporary" iflag=fullblock bs=1M conv=fsync,excl status=none &&
                mv -f -T -- "$temporary" "./$name" && sync -- .
            """;
    private static final String DELETE = PathWalk.SCRIPT + """
            walk "$1"
            rm -f -- "./$name" "./.$name.tmp" && sync -- .
            """;

    private final NodeFiles files;
    private final Commands commands;
    private final Map<String, Standing.Here> byPath;
    private final Optional<Owner> as;

    RecordFiles(NodeFiles files, Commands commands, Scene scene, Optional<Owner> as) {
        this.files = files;
        this.commands = commands;
        this.byPath = scene.here().stream()
                .collect(Collectors.toMap(here -> here.volume().source(), here -> here, (first, second) -> first));
        this.as = as;
    }

    @Override
    public Optional<byte[]> read(String path) {
        Commands.Result result = run(Command.of("sh", "-c", READ, "sh", path));
        if (result.succeeded()) {
            return Optional.of(result.output().getBytes(StandardCharsets.UTF_8));
        }
        if (result.exitCode() == PathWalk.NONE) {
            return Optional.empty();
        }
        throw failed("read " + path, result);
    }

    @Override
    public void write(String path, byte[] content) {
        Commands.Result result =
                run(Command.of("sh", "-c", WRITE, "sh", path).reading(new String(content, StandardCharsets.UTF_8)));
        if (!result.succeeded()) {
            throw failed("write " + path, result);
        }
    }

    @Override
    public void delete(String path) {
        Commands.Result result = run(Command.of("sh", "-c", DELETE, "sh", path));
        // Gone with its directory is gone as well.
        if (!result.succeeded() && result.exitCode() != PathWalk.NONE) {
            throw failed("delete " + path, result);
        }
    }

    /** Of a volume what was seen just now: nobody is asked again. */
    @Override
    public Optional<FileSystem> fileSystem(String path) {
        Standing.Here here = byPath.get(path);
        return here == null
                ? files.fileSystem(path)
                : Optional.of(new FileSystem(here.store(), here.mount().type(), here.freeBytes()));
    }

    @Override
    public Optional<Mount> mount(String path) {
        return files.mount(path);
    }

    private Commands.Result run(Command command) {
        return new BoundedCommands(commands, as).run(command.within(TIME));
    }

    private static DriverException failed(String doing, Commands.Result result) {
        return new DriverException(
                NasStorage.ID,
                result.exitCode() == PathWalk.REFUSED ? Reason.DENIED : reason(result.errors()),
                "cannot " + Absence.printable(doing) + ": "
                        + Absence.printable(result.errors().strip().replace("\n", "; ")));
    }

    private static Reason reason(String said) {
        if (said.contains("No space left on device") || said.contains("Disk quota exceeded")) {
            return Reason.NO_SPACE;
        }
        if (said.contains("Permission denied")
                || said.contains("Operation not permitted")
                || said.contains("Read-only file system")) {
            return Reason.DENIED;
        }
        return said.contains("No such file or directory") ? Reason.MISSING : Reason.BROKEN;
    }
}
