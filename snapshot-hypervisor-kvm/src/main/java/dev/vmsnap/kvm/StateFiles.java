package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.NodeFiles;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * The small files in which a machine keeps what is not on its disks. They belong to whom QEMU or swtpm runs as, so one
 * that is replaced keeps its owner, mode, access list and label.
 */
final class StateFiles {
    private static final int ATTEMPTS = 5;

    // The directory may belong to the user of QEMU, who could put a link in the place of any file there. So the new
    // file is
    // made in a directory that only the node's user may enter, and gets the attributes of the old one there, but never
    // the
    // bits by which a program gets rights. What it then replaces is a directory entry.
    private static final String REPLACE = PathWalk.SCRIPT + """
            walk "$1"
            [ ! -e "./$name" ] || [ -f "./$name" ] || refuse "$1 is no file"
            private=./.vmsnap-$2
            mkdir -- "$private" 2>/dev/null
            was=$(stat -c '%d:%i %u %a %F' -- "$private") || exit
            cd -P -- "$private" || exit
            [ "$(stat -c '%d:%i %u %a %F' .)" = "$was" ] || refuse "$1 is being replaced by somebody else"
            case $was in
                *" $me 700 directory" | *" $me 2700 directory") ;;
                *) refuse "$(pwd -P) is not a directory of vmsnap's: remove it" ;;
            esac
            trap 'rm -f -- ./file; cd .. && rmdir -- "$private" 2>/dev/null' EXIT
            rm -f -- ./file
            base64 -d | dd of=./file iflag=fullblock bs=1M conv=excl,fsync status=none || exit
            if [ -e "../$name" ]; then
                cp --attributes-only --preserve=all -- "../$name" ./file &&
                    chmod a-xst -- ./file && touch -- ./file || exit
                [ -f ./file ] && [ ! -L ./file ] || refuse "$1 is being replaced by somebody else"
            else
                # libvirt gives it to QEMU at the next start, unless it was told to leave owners alone.
                chown --reference=.. -- ./file 2>/dev/null
            fi
            mv -f -T -- ./file "../$name" && sync -- ..
            """;

    private static final String MAKE = PathWalk.SCRIPT + """
            walk "$1"
            [ -d "./$name" ] || mkdir -m "$2" -- "./$name" 2>/dev/null || [ -d "./$name" ] || mkdir -m "$2" -- "./$name"
            """;
    private static final String REMOVE = PathWalk.SCRIPT + """
            walk "$1"
            rmdir --ignore-fail-on-non-empty -- "./$name"
            """;

    private final Commands commands;
    private final NodeFiles files;

    StateFiles(Commands commands, NodeFiles files) {
        this.commands = commands;
        this.files = files;
    }

    /** Whether there is anything; what may not be looked at is a failure. */
    boolean exists(String path) {
        return look(path).isPresent();
    }

    /**
     * Reads a file whole, which somebody may be writing to: until it reads the same twice.
     *
     * @return its bytes, or empty when there is none
     */
    Optional<byte[]> read(String path) {
        Optional<String> kind = look(path);
        if (kind.isEmpty()) {
            return Optional.empty();
        }
        if (!kind.get().startsWith("regular")) {
            throw Failures.broken(path + " is no file: " + kind.get());
        }
        Optional<byte[]> before = files.read(path);
        for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
            Optional<byte[]> after = files.read(path);
            if (before.isPresent() && after.isPresent() && Arrays.equals(before.get(), after.get())) {
                return after;
            }
            before = after;
        }
        throw Failures.of(Reason.IN_USE, path + " changes all the time");
    }

    /** Replaces a file as a whole, or makes it; after a crash there is the old one or the new one. */
    void write(String path, byte[] content) {
        // The same name each time, so that what a crash has left is gone after the next attempt.
        String name =
                UUID.nameUUIDFromBytes(path.getBytes(StandardCharsets.UTF_8)).toString();
        Commands.Result result = commands.run(Command.of("sh", "-c", REPLACE, "sh", path, name)
                .reading(Base64.getEncoder().encodeToString(content)));
        if (!result.succeeded()) {
            throw failed("write " + path, result);
        }
        if (files.read(path).filter(now -> Arrays.equals(now, content)).isEmpty()) {
            throw Failures.broken(path + " does not hold what was written to it");
        }
    }

    /** Removes a file. "Already gone" is success. */
    void remove(String path) {
        if (exists(path)) {
            files.delete(path);
        }
    }

    /** Makes a directory that others may pass through, and one in it for its owner alone. */
    void makeDirectories(String outer, String inner) {
        makeDirectory(outer, "711");
        makeDirectory(inner, "700");
    }

    private void makeDirectory(String path, String mode) {
        if (exists(path)) {
            return;
        }
        makeDirectory(parent(path), "711");
        must("make " + path, "sh", "-c", MAKE, "sh", path, mode);
    }

    /** Removes a directory, unless something else is in it. */
    void removeDirectory(String path) {
        if (exists(path)) {
            must("remove " + path, "sh", "-c", REMOVE, "sh", path);
        }
    }

    static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }

    private Optional<String> look(String path) {
        Commands.Result result = commands.run(Command.of("stat", "-L", "-c", "%F", "--", path));
        if (result.succeeded()) {
            return Optional.of(result.output().strip());
        }
        DriverException failure = failed("look at " + path, result);
        if (failure.reason() == Reason.MISSING) {
            return Optional.empty();
        }
        throw failure;
    }

    private String must(String doing, String... command) {
        Commands.Result result = commands.run(Command.of(command));
        if (!result.succeeded()) {
            throw failed(doing, result);
        }
        return result.output();
    }

    private static DriverException failed(String doing, Commands.Result result) {
        return Failures.of(
                result.exitCode() == PathWalk.REFUSED ? Reason.DENIED : Place.reason(result.errors()),
                doing + ": " + result.errors().strip());
    }
}
