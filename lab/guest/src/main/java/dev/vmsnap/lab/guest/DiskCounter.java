package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The counter that a guest left on a disk. */
public final class DiskCounter {
    private static final int RECORD_AT = 512;
    private static final int MAGIC = 0x5449434B;
    private static final Pattern DUMP = Pattern.compile("(?m)^0*200: +((?:[0-9a-f]{2} ){16})");

    private DiskCounter() {}

    /**
     * Reads the counter of a disk that no running guest uses: with a guest running, what {@code qemu-io} finds in a qcow2
     * file may be old.
     *
     * @return the counter, 0 to 2^32-1; empty if the disk holds none, as when it is new or broken
     * @throws IOException if the image cannot be read
     */
    public static OptionalLong read(GuestDisk disk) throws IOException {
        return read(disk, GuestFiles.here());
    }

    /** The same of a disk on another machine. */
    public static OptionalLong read(GuestDisk disk, GuestFiles files) throws IOException {
        String command = "read -v " + RECORD_AT + " 16";
        String dump = files.run(List.of(
                "qemu-io",
                "-r",
                "-f",
                disk.format().qemuName(),
                "-c",
                command,
                disk.file().toString()));
        return parse(dump);
    }

    /**
     * The counter in LBA 1 of a disk.
     *
     * @param record that sector, or its first 8 bytes at least
     */
    public static OptionalLong of(byte[] record) {
        ByteBuffer bytes = ByteBuffer.wrap(record);
        if (bytes.getInt() != MAGIC) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(
                Integer.toUnsignedLong(bytes.order(ByteOrder.LITTLE_ENDIAN).getInt()));
    }

    static OptionalLong parse(String dump) throws IOException {
        Matcher matcher = DUMP.matcher(dump);
        if (!matcher.find()) {
            throw new IOException("not a dump of qemu-io: " + dump.strip());
        }
        return of(HexFormat.of().parseHex(matcher.group(1).replace(" ", "")));
    }
}
