package dev.vmsnap.kvm;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.ImageInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads images from storage while QEMU has them open, since QEMU's own lists may not be those of the file after a command
 * has failed. It reads past the node's page cache where that is possible: what QEMU could not write may lie there.
 */
final class StoredImages {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration GRACE = Duration.ofSeconds(5);

    // As the node's user, then as the owner of the file: a share may keep root out. Without O_DIRECT where it is
    // refused. An image is inspected before it is opened: what is no file may wait for ever, and a header with an
    // external
    // data file, bit 4 of the byte 79, leads to any path.
    private static final String READ = """
            file=$1; direct=$2; plain=$3
            guarded='
                file=$1; shift
                [ -f "$file" ] || [ -b "$file" ] || [ ! -e "$file" ] ||
                    { echo "it is neither a regular file nor a block device" >&2; exit 1; }
                case $(dd if="$file" iflag=nonblock bs=80 count=1 status=none 2>/dev/null | od -A n -t x1 -v -w80) in
                    " 51 46 49 fb 00 00 00 02"*) ;;
                    " 51 46 49 fb"*[4567cdef]) echo "it keeps its data in an external file" >&2; exit 1 ;;
                esac
                exec qemu-img info -U --output=json "$@"
            '
            tell() { "$@" sh -c "$guarded" image "$file" "$node"; }
            look() { node=$direct && tell "$@" || { node=$plain && tell "$@"; }; }
            look env && exit 0
            own=$(stat -L -c '%u %g' -- "$file") && [ "$(id -u)" = 0 ] && [ "${own% *}" != 0 ] || exit 1
            look setpriv --reuid "${own% *}" --regid "${own#* }" --clear-groups -- || exit 1
            """;

    private final Commands commands;

    StoredImages(Commands commands) {
        this.commands = commands;
    }

    /** Holds the facts about a qcow2 image, read from its file. */
    record Stored(List<ImageInfo.Entry> snapshots, long virtualBytes) {
        boolean holds(String snapshot) {
            return snapshots.stream().anyMatch(entry -> entry.name().equals(snapshot));
        }
    }

    /**
     * Reads one.
     *
     * @param path the file or device
     * @param device whether it is a device
     * @throws DriverException if it cannot be read, for whatever reason
     */
    Stored read(String path, boolean device) {
        List<String> words = new ArrayList<>(CommandFiles.BOUNDED);
        words.add(Long.toString(LIMIT.toSeconds()));
        words.addAll(List.of("sh", "-c", READ, "sh", path, node(path, device, true), node(path, device, false)));
        Commands.Command command =
                Commands.Command.of(words.toArray(String[]::new)).within(LIMIT.plus(GRACE));
        Commands.Result result = commands.run(command);
        if (!result.succeeded()) {
            String errors = result.errors().lines().findFirst().orElse("no answer");
            boolean noTool = errors.startsWith("env:") && errors.contains("qemu-img'");
            throw Failures.of(
                    noTool ? Reason.TOOL_MISSING : Place.reason(errors), "cannot read image " + path + ": " + errors);
        }
        return parse(path, result.output());
    }

    private static Stored parse(String path, String output) {
        try {
            JsonObject info = JsonParser.parseString(output).getAsJsonObject();
            return new Stored(BlockNode.snapshots(info), Json.number(info, "virtual-size"));
        } catch (JsonParseException | IllegalStateException e) {
            throw Failures.of(Reason.BROKEN, "qemu-img printed what cannot be read of " + path, e);
        }
    }

    private static String node(String path, boolean device, boolean direct) {
        JsonObject file = new JsonObject();
        file.addProperty("driver", device ? "host_device" : "file");
        file.addProperty("filename", path);
        if (direct) {
            JsonObject cache = new JsonObject();
            cache.addProperty("direct", true);
            file.add("cache", cache);
        }
        JsonObject image = new JsonObject();
        image.addProperty("driver", "qcow2");
        image.add("file", file);
        return "json:" + image;
    }
}
