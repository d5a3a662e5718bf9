package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * The directory {@code .vmsnap} beside images. The owner of the images' directory can put anything in its place, and
 * vmsnap may run as root: so each command enters the directory first, refuses one that is a symbolic link, belongs to
 * somebody else or lets others write, and from then on names files inside it only.
 */
final class RecordDirectory {
    private static final Duration TIME = Duration.ofMinutes(1);
    private static final int NOTHING = 4;
    private static final int REFUSED = 5;

    private static final String ENTER = """
            umask 077
            refuse() { printf '%s %s\\n' "$directory" "$1" >&2; exit 5; }
            enter() {
                [ ! -L "$directory" ] || refuse 'is a symbolic link'
                cd -P -- "$directory" || exit
                [ "$(stat -c %d:%i -- "$directory")" = "$(stat -c %d:%i .)" ] || refuse 'is a symbolic link'
                owner=$(stat -c %u .)
                [ -O . ] || case $squashed-$owner in
                    yes-65534 | yes-4294967294) ;;
                    *) refuse "belongs to user $owner" ;;
                esac
                case $(stat -c %a .) in *[2367]? | *[2367]) refuse 'may be written to by others' ;; esac
            }
            directory=$1 name=./$2 temporary=./.$2.tmp squashed=$3
            """;

    // The temporary name is always the same, so that one that was killed leaves nothing for ever.
    private static final String WRITE = ENTER + """
            [ -L "$directory" ] || mkdir -- "$directory" 2>/dev/null || [ -e "$directory" ] || mkdir -- "$directory" || exit
            enter
            trap 'rm -f -- "$temporary"' EXIT
            rm -f -- "$temporary" &&
                dd of="$temporary" iflag=fullblock bs=1M conv=fsync,excl status=none &&
                mv -f -T -- "$temporary" "$name" && sync -- . ..
            """;
    private static final String READ = ENTER + """
            [ -L "$directory" ] || [ -e "$directory" ] || exit 4
            enter
            [ -L "$name" ] || [ -e "$name" ] || exit 4
            [ ! -L "$name" ] && [ -f "$name" ] || refuse 'holds something that is no file'
            cat -- "$name"
            """;
    private static final String DELETE = ENTER + """
            [ -L "$directory" ] || [ -e "$directory" ] || exit 0
            enter
            rm -f -- "$name" "$temporary" && sync -- . || exit
            cd .. && rmdir -- "$directory" 2>/dev/null
            exit 0
            """;

    private final Commands commands;
    private final String path;
    private final boolean squashed;

    /**
     * Makes it.
     *
     * @param commands of the node
     * @param path of the directory, which need not exist
     * @param squashed whether its owner may be the user that a server takes the node's root for
     */
    RecordDirectory(Commands commands, String path, boolean squashed) {
        this.commands = commands;
        this.path = path;
        this.squashed = squashed;
    }

    /** Writes a file, for its owner only, so that after a crash there is the old one or the new one. */
    void write(String name, byte[] content) {
        Result result = run(WRITE, name, new String(content, StandardCharsets.UTF_8));
        if (!result.succeeded()) {
            throw failed("write", name, result);
        }
    }

    /** Reads a file; empty if there is none. */
    Optional<String> read(String name) {
        Result result = run(READ, name, "");
        if (result.exitCode() == NOTHING) {
            return Optional.empty();
        }
        if (!result.succeeded()) {
            throw failed("read", name, result);
        }
        return Optional.of(result.output());
    }

    /** Deletes a file, and the directory if that is empty then. */
    void delete(String name) {
        Result result = run(DELETE, name, "");
        if (!result.succeeded()) {
            throw failed("delete", name, result);
        }
    }

    private Result run(String script, String name, String input) {
        return commands.run(Command.of("sh", "-c", script, "records", path, name, squashed ? "yes" : "no")
                .reading(input)
                .within(TIME));
    }

    private DriverException failed(String doing, String name, Result result) {
        if (result.exitCode() == REFUSED) {
            return new DriverException(
                    ImageVolumes.DRIVER,
                    Reason.DENIED,
                    "the records beside the images are left alone: " + ToolFailure.shortened(result.errors())
                            + "; remove or correct it");
        }
        return ToolFailure.of("cannot " + doing, new ImageNode(path + "/" + name), result);
    }
}
