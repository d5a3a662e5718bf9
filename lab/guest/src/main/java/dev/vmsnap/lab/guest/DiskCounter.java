package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The counter that a guest left on a disk. */
public final class DiskCounter {
    private static final int RECORD_AT = 512;
    private static final String MAGIC = "5449434b";
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
        String command = "read -v " + RECORD_AT + " 16";
        String dump = Tool.run(List.of(
                "qemu-io",
                "-r",
                "-f",
                disk.format().qemuName(),
                "-c",
                command,
                disk.file().toString()));
        return parse(dump);
    }

    static OptionalLong parse(String dump) throws IOException {
        Matcher matcher = DUMP.matcher(dump);
        if (!matcher.find()) {
            throw new IOException("not a dump of qemu-io: " + dump.strip());
        }
        String bytes = matcher.group(1).replace(" ", "");
        if (!bytes.startsWith(MAGIC)) {
            return OptionalLong.empty();
        }
        int littleEndian = Integer.parseUnsignedInt(bytes.substring(MAGIC.length(), MAGIC.length() + 8), 16);
        return OptionalLong.of(Integer.toUnsignedLong(Integer.reverseBytes(littleEndian)));
    }
}
