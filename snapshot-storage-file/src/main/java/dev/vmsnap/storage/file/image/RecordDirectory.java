package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.manifest.Manifest;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directory {@code .vmsnap} beside images. The owner of the images' directory can put anything in its place, and
 * vmsnap may run as root: so each command enters the directory first, name by name, refuses one that is a symbolic link, belongs
 * to somebody else or lets others write, and from then on names files inside it only.
 */
final class RecordDirectory {
    private static final Duration TIME = Duration.ofMinutes(1);
    private static final int CHANGED = 6;
    private static final String NONE = "none";
    private static final int OUTPUT = 1 << 16;

    private static final String ENTER = PathWalk.SCRIPT + """
            enter_records() {
                was=$(stat -c %d:%i -- ./.vmsnap) && cd -P -- ./.vmsnap || exit
                [ "$(stat -c %d:%i .)" = "$was" ] || refuse "$directory is a symbolic link"
                owner=$(stat -c %u .)
                [ -O . ] || case $squashed-$owner in
                    yes-65534 | yes-4294967294) ;;
                    *) refuse "$directory belongs to user $owner" ;;
                esac
                case $(stat -c %a .) in *[2367]? | *[2367]) refuse "$directory may be written to by others" ;; esac
            }
            there() {
                if [ ! -L "$1" ] && [ -f "$1" ]; then set -- "$(sha256sum <"$1")" && echo "${1%% *}"; else echo none; fi
            }
            directory=$1 squashed=$2
            shift 2
            walk "$directory"
            """;

    // The temporary name is always the same, so that one that was killed leaves nothing for ever.
    private static final String WRITE = ENTER + """
            name=./$1 temporary=./.$1.tmp expected=$2 beside=./$3
            mkdir -- ./.vmsnap 2>/dev/null || [ -e ./.vmsnap ] || mkdir -- ./.vmsnap || exit
            enter_records
            trap 'rm -f -- "$temporary"' EXIT
            rm -f -- "$temporary" &&
                dd of="$temporary" iflag=fullblock bs=1M conv=fsync,excl status=none || exit
            [ "$(there "$name")" = "$expected" ] || exit 6
            [ "$beside" = ./ ] || mv -f -T -- "$name" "$beside" || exit
            mv -f -T -- "$temporary" "$name" && sync -- . ..
            """;
    private static final String READ = ENTER + """
            [ -e ./.vmsnap ] || exit 0
            enter_records
            room=$2
            for name in "$1.json" "$1."*.json; do
                [ -L "./$name" ] || [ -e "./$name" ] || continue
                size=$(stat -c %s -- "./$name") || exit
                if [ -L "./$name" ] || [ ! -f "./$name" ] || [ "$size" -gt "$room" ]; then
                    printf '%s - -\n' "$name"
                else
                    room=$((room - size))
                    printf '%s %s ' "$name" "$(there "./$name")"
                    base64 -w 0 <"./$name" || exit
                    echo
                fi
            done
            """;
    private static final String DELETE = ENTER + """
            [ -e ./.vmsnap ] || exit 0
            enter_records
            while [ $# -ge 2 ]; do
                [ "$(there "./$1")" != "$2" ] || rm -f -- "./$1" || exit
                rm -f -- "./.$1.tmp"
                shift 2
            done
            sync -- . || exit
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

    String path() {
        return path;
    }

    /**
     * A file in it.
     *
     * @param name its name
     * @param sum the checksum of its content; empty if it is no file, or too large
     * @param text its content; empty if it is no file, or too large
     */
    record Entry(String name, String sum, String text) {
        boolean isReadable() {
            return !sum.isEmpty();
        }
    }

    /**
     * Writes a file, for its owner only, so that after a crash there is the old one or the new one.
     *
     * @param name its name
     * @param there what it is to replace; empty for nothing
     * @param beside a name for the replaced one; empty if that goes
     * @param content what to write
     * @return false if something else is there than was expected
     */
    boolean write(String name, Optional<Entry> there, String beside, String content) {
        Result result = run(WRITE, List.of(name, there.map(Entry::sum).orElse(NONE), beside), content, OUTPUT);
        if (result.exitCode() == CHANGED) {
            return false;
        }
        if (!result.succeeded()) {
            throw failed("write", name, result);
        }
        return true;
    }

    /** Reads the files that are called so, or so with more before their ending {@code .json}. */
    List<Entry> read(String start) {
        Result result = run(READ, List.of(start, Integer.toString(Manifest.MOST_BYTES)), "", 2 * Manifest.MOST_BYTES);
        if (result.exitCode() == PathWalk.NONE) {
            return List.of();
        }
        if (!result.succeeded()) {
            throw failed("read", start, result);
        }
        return result.output().lines().map(RecordDirectory::entry).toList();
    }

    private static Entry entry(String line) {
        String[] words = line.split(" ", -1);
        return words.length < 3 || words[2].equals("-")
                ? new Entry(words[0], "", "")
                : new Entry(
                        words[0], words[1], new String(Base64.getDecoder().decode(words[2]), StandardCharsets.UTF_8));
    }

    /** Deletes files as they were read, and the directory if that is empty then. */
    void delete(List<Entry> files) {
        List<String> arguments = files.stream()
                .flatMap(file -> Stream.of(file.name(), file.sum()))
                .toList();
        Result result = run(DELETE, arguments, "", OUTPUT);
        if (!result.succeeded() && result.exitCode() != PathWalk.NONE) {
            throw failed("delete", arguments.isEmpty() ? "" : arguments.get(0), result);
        }
    }

    private Result run(String script, List<String> arguments, String input, int limit) {
        List<String> words = new ArrayList<>(List.of("sh", "-c", script, "records", path, squashed ? "yes" : "no"));
        words.addAll(arguments);
        return commands.run(new Command(words, input, TIME, limit));
    }

    private DriverException failed(String doing, String name, Result result) {
        if (result.exitCode() == PathWalk.REFUSED) {
            return new DriverException(
                    ImageVolumes.DRIVER,
                    Reason.DENIED,
                    "the records beside the images are left alone: " + ToolFailure.shortened(result.errors())
                            + "; remove or correct it");
        }
        return ToolFailure.of("cannot " + doing, new ImageNode(path + "/" + name), result);
    }
}
