package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;

/**
 * The bytes of an image file. They are read whoever has it open; they are written by {@code qemu-io}, which respects QEMU's
 * lock on the image.
 */
final class ImageBytes {
    /** How many bytes one process reads. */
    static final int MOST_BYTES = 8 << 20;

    // A line of a remote shell has a limit, and what is printed too.
    private static final int MOST_RANGES = 1024;

    // Starting a process for each range takes ten times as long, but perl is not everywhere.
    private static final String DUMP = """
            [ -f "$1" ] || [ -b "$1" ] || [ ! -e "$1" ] ||
                { echo 'it is neither a regular file nor a block device' >&2; exit 1; }
            ranges() {
                if command -v perl >/dev/null; then
                    perl -e 'open F, "<:raw", $ARGV[0] or die "$!\n"; binmode STDOUT; shift;
                        while (($at, $left) = splice @ARGV, 0, 2) {
                            sysseek F, $at, 0 or die "$!\n";
                            while ($left > 0) {
                                $read = sysread F, $bytes, $left;
                                defined $read or die "$!\n";
                                $read or exit;
                                print $bytes or exit;
                                $left -= $read;
                            }
                        }' "$@"
                else
                    file=$1 && shift
                    while [ $# -gt 0 ]; do
                        dd if="$file" bs=64K iflag=skip_bytes,count_bytes skip="$1" count="$2" status=none || exit
                        shift 2
                    done
                fi
            }
            ranges "$@" | base64 -w 0
            """;

    private final Commands commands;
    private final Duration timeout;

    ImageBytes(Commands commands, Duration timeout) {
        this.commands = commands;
        this.timeout = timeout;
    }

    /**
     * A part of the file.
     *
     * @param offset where it begins
     * @param length how many bytes
     */
    record Range(long offset, int length) {}

    /**
     * Reads a part of the file.
     *
     * @param node the image
     * @param offset where
     * @param length how many bytes
     * @return the bytes
     */
    byte[] read(ImageNode node, long offset, int length) {
        List<Range> pieces = new ArrayList<>();
        for (int done = 0; done < length; done += MOST_BYTES) {
            pieces.add(new Range(offset + done, Math.min(MOST_BYTES, length - done)));
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream(length);
        read(node, pieces).forEach(all::writeBytes);
        return all.toByteArray();
    }

    /**
     * Reads several parts of the file with few processes.
     *
     * @param node the image
     * @param ranges the parts, none longer than {@value #MOST_BYTES} bytes
     * @return the bytes of each
     */
    List<byte[]> read(ImageNode node, List<Range> ranges) {
        List<byte[]> parts = new ArrayList<>();
        int next = 0;
        while (next < ranges.size()) {
            int end = next;
            int bytes = 0;
            while (end < ranges.size()
                    && end - next < MOST_RANGES
                    && (end == next || bytes + ranges.get(end).length() <= MOST_BYTES)) {
                bytes += ranges.get(end).length();
                end++;
            }
            parts.addAll(readAtOnce(node, ranges.subList(next, end), bytes));
            next = end;
        }
        return Collections.unmodifiableList(parts);
    }

    /**
     * Tells how long the file is.
     *
     * @param node the image
     * @return its length in bytes
     */
    long length(ImageNode node) {
        Result result = commands.run(
                Command.of("stat", "-L", "-c", "%s", "--", node.path()).within(timeout));
        try {
            return Long.parseLong(result.output().strip());
        } catch (NumberFormatException nothingSaid) {
            throw ToolFailure.of("cannot look at", node, result);
        }
    }

    /**
     * Overwrites a part of the file with zeros that are on storage when this returns.
     *
     * @param node the image
     * @param offset where
     * @param length how many bytes
     */
    void zero(ImageNode node, long offset, long length) {
        List<String> guarded = ImageGuard.guarded(
                node.path(),
                List.of("qemu-io", "-c", "write -P 0 " + offset + " " + length, "-c", "flush", node.raw()));
        Result result = commands.run(Command.of(guarded.toArray(String[]::new)).within(timeout));
        if (!result.succeeded()) {
            throw ToolFailure.of("cannot write to", node, result);
        }
    }

    private List<byte[]> readAtOnce(ImageNode node, List<Range> ranges, int bytes) {
        List<String> arguments = new ArrayList<>(List.of("sh", "-c", DUMP, "sh", node.path()));
        for (Range range : ranges) {
            arguments.add(Long.toString(range.offset()));
            arguments.add(Integer.toString(range.length()));
        }
        Result result =
                commands.run(Command.of(arguments.toArray(String[]::new)).within(timeout));
        byte[] dumped = decoded(result.output());
        if (!result.succeeded() || dumped.length != bytes) {
            throw result.succeeded() && result.errors().isBlank()
                    ? new DriverException(
                            ImageVolumes.DRIVER,
                            DriverException.Reason.BROKEN,
                            "cannot read " + ToolFailure.printable(node.path()) + ": it ends too early")
                    : ToolFailure.of("cannot read", node, result);
        }
        List<byte[]> parts = new ArrayList<>();
        int at = 0;
        for (Range range : ranges) {
            parts.add(Arrays.copyOfRange(dumped, at, at + range.length()));
            at += range.length();
        }
        return parts;
    }

    private static byte[] decoded(String output) {
        try {
            return Base64.getDecoder().decode(output.strip());
        } catch (IllegalArgumentException cutShort) {
            return new byte[0];
        }
    }
}
