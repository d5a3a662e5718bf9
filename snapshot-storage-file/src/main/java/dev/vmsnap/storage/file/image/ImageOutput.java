package dev.vmsnap.storage.file.image;

import java.util.ArrayList;
import java.util.List;

/**
 * Hands the file that a tool writes to as an open file. Whoever owns its directory can put a link in its place at any time, and
 * the tool would write to what that leads to.
 */
final class ImageOutput {
    /** The path by which a tool that {@link #into} starts writes to the file. */
    static final String PATH = "/proc/self/fd/9";

    // The file is empty, has no other name, and what was opened is what lies at the path itself.
    private static final String SCRIPT = """
            file=$1; shift
            seen='%d:%i %h %s'
            [ -f "$file" ] && [ ! -L "$file" ] && exec 9<"$file" &&
                now=$(stat -c "$seen" - <&9) && [ "$(stat -c "$seen" -- "$file")" = "$now" ] ||
                { echo 'the file for the copy was replaced' >&2; exit 1; }
            case $now in *' 1 0') ;; *) echo 'the file for the copy is not empty' >&2; exit 1 ;; esac
            exec "$@"
            """;

    private ImageOutput() {}

    /**
     * Returns a command that has a file open.
     *
     * @param path of the file, which is empty
     * @param command the tool and its arguments
     * @return the command
     */
    static List<String> into(String path, List<String> command) {
        List<String> all = new ArrayList<>(List.of("sh", "-c", SCRIPT, "output", path));
        all.addAll(command);
        return all;
    }
}
