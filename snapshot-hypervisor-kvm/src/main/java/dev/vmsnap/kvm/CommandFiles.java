package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.NodeFiles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Small files that only commands reach: of another machine, or on a file system that may not answer. Each command is ended
 * where it runs when its time is over, since one that is only given up here would go on there.
 */
final class CommandFiles implements NodeFiles {
    private static final Duration TIME = Duration.ofMinutes(1);
    private static final Duration LOOK = Duration.ofSeconds(10);
    // To get there, and for what cannot even be killed.
    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final byte[] NOTHING = {};
    private static final int KILLED = 128 + 9;

    // timeout kills itself along with the command, which ssh would take for a connection that broke.
    static final List<String> BOUNDED = List.of("sh", "-c", "timeout -s KILL \"$@\"; exit $?", "sh");

    // Prints how many names are plain and, when the next one is a link, where it leads.
    private static final String DOWN = "at=$1; shift; plain=0; for name; do at=$at/$name;"
            + " if [ -L \"$at\" ]; then printf '%s link ' $plain; exec readlink -n -- \"$at\"; fi;"
            + " [ -e \"$at\" ] || break; plain=$((plain + 1)); done; echo $plain";

    private static final String READ = PathWalk.SCRIPT + """
            walk "$1"
            [ -e "./$name" ] || [ -L "./$name" ] || exit 117
            [ -f "./$name" ] && [ ! -L "./$name" ] || refuse "$1 is no file"
            dd if="./$name" iflag=nonblock,nofollow bs=1M status=none
            """;

    // The file is made, written and synced through one descriptor; of its name only the directory entry is moved.
    private static final String WRITE = PathWalk.SCRIPT + """
            walk "$1" make
            temporary=./.$name.$2.tmp
            trap 'rm -f -- "$temporary"' EXIT
            dd of="$temporary" iflag=fullblock bs=1M conv=excl,fsync status=none &&
                mv -f -T -- "$temporary" "./$name" && sync -- .
            """;
    private static final String DELETE = PathWalk.SCRIPT + """
            walk "$1"
            rm -f -- "./$name" && sync -- .
            """;

    private static final Pattern MET = Pattern.compile("([0-9]{1,9})(?: link (.*)|\\n)", Pattern.DOTALL);
    private static final Pattern FREE = Pattern.compile("([0-9]{1,18}) ([0-9]{1,9})");

    private final ByteCommands commands;

    CommandFiles(ByteCommands commands) {
        this.commands = commands;
    }

    /** The same files, reached by commands that check a lease on the node. */
    CommandFiles fencedBy(NodeFence fence) {
        return new CommandFiles((arguments, input, timeout, limit) -> fence.run(
                new NodeFence.Fenced(arguments, 0),
                words -> commands.run(words, input, timeout, limit),
                output -> new NodeFence.Ending(output.exitCode(), output.errors())));
    }

    @Override
    public Optional<byte[]> read(String path) {
        ByteCommands.Output output = run(NOTHING, "sh", "-c", READ, "sh", absolute(path));
        if (output.succeeded()) {
            return Optional.of(output.output());
        }
        if (output.exitCode() == PathWalk.NONE) {
            return Optional.empty();
        }
        throw failed("read " + path, output);
    }

    @Override
    public void write(String path, byte[] content) {
        must(
                "write " + path,
                content,
                "sh",
                "-c",
                WRITE,
                "sh",
                absolute(path),
                UUID.randomUUID().toString());
    }

    @Override
    public void delete(String path) {
        ByteCommands.Output output = run(NOTHING, "sh", "-c", DELETE, "sh", absolute(path));
        // Gone with its directory is gone as well.
        if (!output.succeeded() && output.exitCode() != PathWalk.NONE) {
            throw failed("delete " + path, output);
        }
    }

    @Override
    public Optional<FileSystem> fileSystem(String path) {
        Optional<Mount> mount = mount(absolute(path));
        if (mount.isEmpty()) {
            return Optional.empty();
        }
        ByteCommands.Output output = free(path);
        if (!output.succeeded() && missing(output)) {
            output = free(parent(path));
        }
        if (!output.succeeded()) {
            if (missing(output)) {
                return Optional.empty();
            }
            throw failed("look at the file system of " + path, output);
        }
        Matcher blocks = FREE.matcher(ByteCommands.text(output.output()).strip());
        if (!blocks.matches()) {
            throw Failures.broken("stat answered what is not understood for " + path);
        }
        long free = Long.parseLong(blocks.group(1)) * Long.parseLong(blocks.group(2));
        return Optional.of(new FileSystem(mount.get().point(), mount.get().type(), free));
    }

    @Override
    public Optional<Mount> mount(String path) {
        ByteCommands.Output table = run(LOOK, NOTHING, "cat", MountTable.FILE);
        if (!table.succeeded()) {
            throw failed("read " + MountTable.FILE, table);
        }
        return Route.of(absolute(path), MountTable.parse(ByteCommands.text(table.output())), this::down)
                .mount();
    }

    private Route.Met down(String from, List<String> names) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", DOWN, "sh", from));
        command.addAll(names);
        ByteCommands.Output output = run(LOOK, NOTHING, command.toArray(String[]::new));
        Matcher met = MET.matcher(ByteCommands.text(output.output()));
        if (!output.succeeded() || !met.matches()) {
            throw failed("follow " + from + "/" + String.join("/", names), output);
        }
        return new Route.Met(Integer.parseInt(met.group(1)), Optional.ofNullable(met.group(2)));
    }

    private ByteCommands.Output free(String path) {
        return run(LOOK, NOTHING, "stat", "-f", "-c", "%a %S", "--", path);
    }

    private void must(String doing, byte[] input, String... arguments) {
        ByteCommands.Output output = run(input, arguments);
        if (!output.succeeded()) {
            throw failed(doing, output);
        }
    }

    private ByteCommands.Output run(byte[] input, String... arguments) {
        return run(TIME, input, arguments);
    }

    private ByteCommands.Output run(Duration limit, byte[] input, String... arguments) {
        List<String> command = new ArrayList<>(BOUNDED);
        command.add(Long.toString(limit.toSeconds()));
        command.addAll(List.of(arguments));
        ByteCommands.Output output = commands.run(command, input, limit.plus(GRACE), LocalFiles.LARGEST);
        if (output.exitCode() == KILLED) {
            throw Failures.of(
                    Reason.TIMEOUT,
                    arguments[0] + " was stopped after " + limit.toSeconds() + " s; a server may be away");
        }
        return output;
    }

    private static boolean missing(ByteCommands.Output output) {
        return output.errors().contains("No such file or directory");
    }

    private static String absolute(String path) {
        if (!path.startsWith("/") || path.endsWith("/")) {
            throw new IllegalArgumentException("not the absolute path of a file: " + path);
        }
        return path;
    }

    private static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }

    private static DriverException failed(String doing, ByteCommands.Output output) {
        String errors = output.errors();
        String text = errors.toLowerCase(Locale.ROOT);
        Reason reason = Reason.BROKEN;
        if (output.exitCode() == PathWalk.REFUSED) {
            reason = Reason.DENIED;
        } else if (text.contains("no space left") || text.contains("quota exceeded")) {
            reason = Reason.NO_SPACE;
        } else if (text.contains("permission denied")
                || text.contains("operation not permitted")
                || text.contains("read-only file system")) {
            reason = Reason.DENIED;
        } else if (text.contains("no such file or directory")) {
            reason = Reason.MISSING;
        }
        return Failures.of(reason, doing + ": " + errors);
    }
}
