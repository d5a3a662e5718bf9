package dev.vmsnap.storage.file.image;

import java.util.ArrayList;
import java.util.List;

/**
 * Checks an image on the node, in the process that becomes the tool, before the tool opens it. Opening a pipe or a device may
 * wait for ever, and a tool that opens an image with an external data file opens whatever path its header names.
 */
final class ImageGuard {
    // The lowest bits of the incompatible features are in byte 79; 4 is the external data file. Version 2 has none. Of
    // such an image an inspection gets an answer without opening it.
    private static final String SCRIPT = """
            file=$1; shift
            for tool in dd od; do
                command -v $tool >/dev/null || { echo "$tool: not found" >&2; exit 127; }
            done
            if [ -f "$file" ] || [ -b "$file" ]; then
                case $(dd if="$file" iflag=nonblock bs=80 count=1 status=none 2>/dev/null | od -A n -t x1 -v -w80) in
                    ' 51 46 49 fb 00 00 00 02'*) ;;
                    ' 51 46 49 fb'*[4567cdef])
                        [ "$2" = info ] || { echo 'it keeps its data in an external file' >&2; exit 1; }
                        echo '{"format":"qcow2","format-specific":{"data":{"data-file":"not opened"}}}'
                        exit 0 ;;
                esac
            elif [ -e "$file" ]; then
                echo 'it is neither a regular file nor a block device' >&2
                exit 1
            fi
            exec "$@"
            """;

    private ImageGuard() {}

    /**
     * Returns a command that is run only on an image that may be opened.
     *
     * @param path the image
     * @param command the tool and its arguments
     * @return the command
     */
    static List<String> guarded(String path, List<String> command) {
        List<String> all = new ArrayList<>(List.of("sh", "-c", SCRIPT, "image", path));
        all.addAll(command);
        return all;
    }
}
