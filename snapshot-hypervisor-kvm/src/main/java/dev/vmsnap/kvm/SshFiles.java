package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.NodeFiles;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Small files of a machine that only commands reach. */
final class SshFiles implements NodeFiles {
    private static final Duration TIME = Duration.ofMinutes(1);
    private static final byte[] NOTHING = {};
    private static final Pattern DF_LINE = Pattern.compile("\\n\\s*([0-9]{1,18})\\s+(\\S+)\\s+(.+)\\z");

    private final ByteCommands commands;

    SshFiles(ByteCommands commands) {
        this.commands = commands;
    }

    @Override
    public Optional<byte[]> read(String path) {
        ByteCommands.Output output = run(NOTHING, "cat", "--", absolute(path));
        if (output.succeeded()) {
            return Optional.of(output.output());
        }
        if (missing(output)) {
            return Optional.empty();
        }
        throw failed("read " + path, output);
    }

    @Override
    public void write(String path, byte[] content) {
        String file = absolute(path);
        String directory = parent(file);
        String temporary =
                directory + "/." + file.substring(file.lastIndexOf('/') + 1) + "." + UUID.randomUUID() + ".tmp";
        makeDirectory(directory);
        try {
            // Empty and closed to others before there is anything to read in it.
            must("write " + path, NOTHING, "install", "-m", "600", "-T", "--", "/dev/null", temporary);
            must("write " + path, content, "dd", "of=" + temporary, "conv=notrunc,fsync", "status=none");
            must("write " + path, NOTHING, "mv", "-f", "-T", "--", temporary, file);
        } catch (DriverException e) {
            try {
                run(NOTHING, "rm", "-f", "--", temporary);
            } catch (DriverException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        must("write " + path, NOTHING, "sync", "--", directory);
    }

    @Override
    public void delete(String path) {
        must("delete " + path, NOTHING, "rm", "-f", "--", absolute(path));
        // Gone with its directory is gone as well.
        ByteCommands.Output synced = run(NOTHING, "sync", "--", parent(path));
        if (!synced.succeeded() && !missing(synced)) {
            throw failed("delete " + path, synced);
        }
    }

    @Override
    public Optional<FileSystem> fileSystem(String path) {
        ByteCommands.Output output = df(absolute(path));
        if (!output.succeeded() && missing(output)) {
            output = df(parent(path));
        }
        if (!output.succeeded()) {
            if (missing(output)) {
                return Optional.empty();
            }
            throw failed("look at the file system of " + path, output);
        }
        // The mount point comes last since it alone may hold spaces.
        Matcher line = DF_LINE.matcher(ByteCommands.text(output.output()).strip());
        if (!line.find()) {
            throw Failures.broken("df answered what is not understood for " + path);
        }
        return Optional.of(new FileSystem(line.group(3), line.group(2), Long.parseLong(line.group(1))));
    }

    private ByteCommands.Output df(String path) {
        return run(NOTHING, "df", "-B1", "--output=avail,fstype,target", "--", path);
    }

    private void makeDirectory(String directory) {
        ByteCommands.Output made = run(NOTHING, "mkdir", "-m", "700", "--", directory);
        if (made.succeeded()) {
            must("make " + directory, NOTHING, "sync", "--", parent(directory));
            return;
        }
        if (!run(NOTHING, "test", "-d", directory).succeeded()) {
            throw failed("make " + directory, made);
        }
    }

    private void must(String doing, byte[] input, String... arguments) {
        ByteCommands.Output output = run(input, arguments);
        if (!output.succeeded()) {
            throw failed(doing, output);
        }
    }

    private ByteCommands.Output run(byte[] input, String... arguments) {
        return commands.run(Arrays.asList(arguments), input, TIME, LocalFiles.LARGEST);
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
        if (text.contains("no space left") || text.contains("quota exceeded")) {
            reason = Reason.NO_SPACE;
        } else if (text.contains("permission denied") || text.contains("operation not permitted")) {
            reason = Reason.DENIED;
        } else if (text.contains("no such file or directory")) {
            reason = Reason.MISSING;
        }
        return Failures.of(reason, doing + ": " + errors);
    }
}
