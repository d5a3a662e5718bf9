package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Hands layers to a tool as open files. A process with the VM's rights opens each by its path and reports which file that
 * is; the node's user then opens the path, and the tool starts only if that is the same file. So whoever renames files
 * in between gains nothing.
 *
 * @param files the files, in the order of their descriptors
 */
record LayerDescriptors(List<Opened> files) {
    /** A shell names no more of them. */
    static final int MOST = 6;

    static final LayerDescriptors NONE = new LayerDescriptors(List.of());

    private static final int FIRST = 3;
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Pattern IDENTITY = Pattern.compile("[0-9]+:[0-9]+:[0-9]+");

    private static final String IDENTIFY = """
            for path do
                [ -f "$path" ] && (exec <"$path" && stat -c %d:%i:%W -) || echo none
            done
            """;
    private static final String OPEN = """
            number=3
            while [ "$1" != -- ]; do
                [ -f "$1" ] && eval "exec $number<\\"\\$1\\"" && [ "$(eval "stat -c %d:%i:%W - <&$number")" = "$2" ] ||
                    { echo 'a layer was replaced while it was opened' >&2; exit 1; }
                number=$((number + 1))
                shift 2
            done
            shift
            exec "$@"
            """;

    /** Copies the list. */
    LayerDescriptors {
        files = List.copyOf(files);
    }

    /**
     * A file that a VM may read.
     *
     * @param path its path
     * @param identity its file system, number and birth
     */
    record Opened(String path, String identity) {}

    /**
     * Identifies files with a VM's rights.
     *
     * @param guest commands with those rights
     * @param paths the files, at most {@value #MOST}
     * @return the files
     * @throws DriverException {@code DENIED} if the VM may not read one of them
     */
    static LayerDescriptors of(Commands guest, List<String> paths) {
        if (paths.isEmpty()) {
            return NONE;
        }
        List<String> arguments = new ArrayList<>(List.of("sh", "-c", IDENTIFY, "layers"));
        arguments.addAll(paths);
        List<String> identities = guest.run(
                        Command.of(arguments.toArray(String[]::new)).within(LIMIT))
                .output()
                .lines()
                .toList();
        List<Opened> files = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            if (i >= identities.size() || !IDENTITY.matcher(identities.get(i)).matches()) {
                throw new DriverException(
                        ImageVolumes.DRIVER,
                        Reason.DENIED,
                        "the VM's own user may not read " + ToolFailure.printable(paths.get(i)));
            }
            files.add(new Opened(paths.get(i), identities.get(i)));
        }
        return new LayerDescriptors(files);
    }

    /**
     * Returns the path by which a tool that {@link #opening} starts reads a file.
     *
     * @param index of the file
     * @return the path
     */
    static String path(int index) {
        return "/proc/self/fd/" + (FIRST + index);
    }

    /**
     * Returns a command that has the files open.
     *
     * @param command the tool and its arguments
     * @return the command
     */
    List<String> opening(List<String> command) {
        if (files.isEmpty()) {
            return command;
        }
        List<String> all = new ArrayList<>(List.of("sh", "-c", OPEN, "descriptors"));
        files.forEach(file -> all.addAll(List.of(file.path(), file.identity())));
        all.add("--");
        all.addAll(command);
        return all;
    }
}
