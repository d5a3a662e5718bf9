package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The bytes of an image file, through {@code qemu-io}, which respects QEMU's lock on the image. */
final class ImageBytes {
    private static final Pattern DUMPED = Pattern.compile("(?m)^[0-9a-f]+:  ((?:[0-9a-f]{2} ){1,16})");
    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_RANGES = 256;

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
     * @param ranges the parts, none longer than a mebibyte more than once in a process
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
     * Overwrites a part of the file with zeros that are on storage when this returns.
     *
     * @param node the image
     * @param offset where
     * @param length how many bytes
     */
    void zero(ImageNode node, long offset, long length) {
        Result result = commands.run(
                Command.of("qemu-io", "-c", "write -P 0 " + offset + " " + length, "-c", "flush", node.raw())
                        .within(timeout));
        if (!result.succeeded()) {
            throw ToolFailure.of("cannot write to", node, result);
        }
    }

    private List<byte[]> readAtOnce(ImageNode node, List<Range> ranges, int bytes) {
        List<String> arguments = new ArrayList<>(List.of("qemu-io", "-U", "-r"));
        for (Range range : ranges) {
            arguments.add("-c");
            arguments.add("read -v " + range.offset() + " " + range.length());
        }
        arguments.add(node.raw());
        Result result =
                commands.run(Command.of(arguments.toArray(String[]::new)).within(timeout));
        byte[] dumped = bytes(result.output());
        if (!result.succeeded() || dumped.length != bytes) {
            throw result.succeeded()
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

    private static byte[] bytes(String dump) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Matcher line = DUMPED.matcher(dump);
        while (line.find()) {
            bytes.writeBytes(HexFormat.of().parseHex(line.group(1).replace(" ", "")));
        }
        return bytes.toByteArray();
    }
}
