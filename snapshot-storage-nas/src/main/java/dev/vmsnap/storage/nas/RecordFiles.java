package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.NodeFiles;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The small files beside the volumes of one call, read and written as whom the call works. */
final class RecordFiles implements NodeFiles {
    private static final Duration TIME = Duration.ofMinutes(1);

    // The temporary name is always the same, so that one that was killed leaves nothing for ever.
    private static final String WRITE = """
            umask 077
            directory=${1%/*} name=./${1##*/} temporary=./.${1##*/}.tmp
            mkdir -- "$directory" 2>/dev/null || [ -d "$directory" ] || mkdir -- "$directory" || exit
            cd -P -- "$directory" || exit
            trap 'rm -f -- "$temporary"' EXIT
            rm -f -- "$temporary" &&
                dd of="$temporary" iflag=fullblock bs=1M conv=fsync,excl status=none &&
                mv -f -T -- "$temporary" "$name" && sync -- .
            """;
    private static final String DELETE = """
            directory=${1%/*}
            [ -d "$directory" ] || exit 0
            cd -P -- "$directory" || exit
            rm -f -- "./${1##*/}" "./.${1##*/}.tmp" && sync -- .
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
        Commands.Result result = run(Command.of("cat", "--", path));
        if (result.succeeded()) {
            return Optional.of(result.output().getBytes(StandardCharsets.UTF_8));
        }
        if (reason(result.errors()) == Reason.MISSING) {
            return Optional.empty();
        }
        throw failed("read " + path, result);
    }

    @Override
    public void write(String path, byte[] content) {
        must(
                "write " + path,
                Command.of("sh", "-c", WRITE, "sh", path).reading(new String(content, StandardCharsets.UTF_8)));
    }

    @Override
    public void delete(String path) {
        must("delete " + path, Command.of("sh", "-c", DELETE, "sh", path));
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

    private void must(String doing, Command command) {
        Commands.Result result = run(command);
        if (!result.succeeded()) {
            throw failed(doing, result);
        }
    }

    private Commands.Result run(Command command) {
        return new BoundedCommands(commands, as).run(command.within(TIME));
    }

    private static DriverException failed(String doing, Commands.Result result) {
        return new DriverException(
                NasStorage.ID,
                reason(result.errors()),
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
