package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The status of a path on a node, symbolic links followed; nothing is opened. */
sealed interface FileStatus {

    /**
     * There is something.
     *
     * @param kind its type
     * @param bytes its length
     * @param modified when its content last changed, in seconds since 1970
     * @param readable whether the user who asks may read it, as far as the node knows
     * @param writable whether that user may write to it
     */
    record Present(Kind kind, long bytes, long modified, boolean readable, boolean writable) implements FileStatus {
        /** Whether it may be opened: opening anything else may wait for ever. */
        boolean mayBeOpened() {
            return kind != Kind.OTHER;
        }

        /** Returns size and change time, which distinguish files at the same path; empty for a device. */
        String identity() {
            return kind == Kind.FILE ? bytes + "@" + modified : "";
        }
    }

    /** The node answered, and nothing is there. */
    record Missing() implements FileStatus {}

    /**
     * Anything else.
     *
     * @param why what the node said
     */
    record Unclear(String why) implements FileStatus {}

    /** The type of a file. */
    enum Kind {
        /** A regular file. */
        FILE,
        /** A block device. */
        BLOCK,
        /** A pipe, socket, directory or character device. */
        OTHER
    }

    /** A link that leads nowhere is no proof that an image is gone: its target may be on something that is not mounted. */
    String SCRIPT = """
            command -v stat >/dev/null || { echo 'stat: not found' >&2; exit 127; }
            for path do
                if seen=$(stat -L -c '%f %s %Y' -- "$path" 2>&1); then
                    seen="$seen "
                    [ -r "$path" ] && seen="${seen}r"
                    [ -w "$path" ] && seen="${seen}w"
                    printf 'ok %s\\n' "$seen"
                elif [ -L "$path" ]; then
                    printf 'no %s\\n' 'a symbolic link that leads nowhere'
                else
                    printf 'no %s\\n' "${seen##*: }"
                fi
            done
            """;

    /**
     * Inspects paths with one process.
     *
     * @param commands of the node
     * @param timeout how long it may take
     * @param paths absolute paths
     * @return one for each path, in their order
     * @throws DriverException when the node does not answer, or answers something else
     */
    static List<FileStatus> of(Commands commands, Duration timeout, List<String> paths) {
        if (paths.isEmpty()) {
            return List.of();
        }
        List<String> arguments = new ArrayList<>(List.of("sh", "-c", SCRIPT, "status"));
        arguments.addAll(paths);
        Result result =
                commands.run(Command.of(arguments.toArray(String[]::new)).within(timeout));
        result.missingProgram("sh").ifPresent(program -> {
            throw new DriverException(
                    ImageVolumes.DRIVER, Reason.TOOL_MISSING, "the node lacks the program " + program);
        });
        Iterator<String> lines = result.output().lines().iterator();
        List<FileStatus> statuses = new ArrayList<>();
        for (String path : paths) {
            statuses.add(parse(lines.hasNext() ? lines.next() : "", path, result));
        }
        return statuses;
    }

    /**
     * Inspects one path.
     *
     * @param commands of the node
     * @param timeout how long it may take
     * @param path an absolute path
     * @return its status
     */
    static FileStatus of(Commands commands, Duration timeout, String path) {
        return of(commands, timeout, List.of(path)).get(0);
    }

    private static FileStatus parse(String line, String path, Result result) {
        Matcher present = Line.PRESENT.matcher(line);
        if (present.matches()) {
            int type = Integer.parseInt(present.group(1), Line.HEXADECIMAL) & Line.TYPE;
            Kind kind = type == Line.REGULAR ? Kind.FILE : type == Line.DEVICE ? Kind.BLOCK : Kind.OTHER;
            return new Present(
                    kind,
                    Long.parseLong(present.group(2)),
                    Long.parseLong(present.group(3)),
                    present.group(4).contains("r"),
                    present.group(4).contains("w"));
        }
        if (!result.succeeded() || !line.startsWith(Line.NO)) {
            throw new DriverException(
                    ImageVolumes.DRIVER,
                    Reason.BROKEN,
                    "the node does not tell the status of " + ToolFailure.printable(path) + ": "
                            + ToolFailure.shortened(result.errors()));
        }
        String why = line.substring(Line.NO.length());
        return why.equals("No such file or directory") || why.equals("Not a directory")
                ? new Missing()
                : new Unclear(why);
    }

    /** How a line of the script reads. */
    final class Line {
        private static final Pattern PRESENT =
                Pattern.compile("ok ([0-9a-f]{1,8}) ([0-9]{1,18}) (-?[0-9]{1,18})(| r?w?)");
        private static final String NO = "no ";
        private static final int HEXADECIMAL = 16;
        private static final int TYPE = 0xf000;
        private static final int REGULAR = 0x8000;
        private static final int DEVICE = 0x6000;

        private Line() {}
    }
}
