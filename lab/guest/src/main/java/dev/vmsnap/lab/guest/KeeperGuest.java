package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A virtual machine with two disks that does nothing but what it is told: keep a text in RAM, write one to a disk, and
 * tell both again. A disk is read from anew each time.
 *
 * <p>A guest is a value; nothing exists until {@link #createDisks()} and until libvirt is given {@link #domainXml()}.
 * The methods that speak with the running guest wait for one that still boots, and throw {@link IllegalStateException}
 * when it does not answer in time or says that it cannot. Texts are printable ASCII, at most 200 letters.
 *
 * @param name name of the domain
 * @param disks two; the guest boots from the first, which must not hold anything else
 * @param socket the file that QEMU listens on for the guest's serial port; at most 107 bytes
 */
public record KeeperGuest(String name, List<GuestDisk> disks, Path socket) {
    private static final int MEMORY_MIB = 16;
    private static final int DISK_MIB = 8;
    private static final int LONGEST_TEXT = 200;

    public KeeperGuest {
        disks = List.copyOf(disks);
        if (name.isEmpty() || name.contains("/")) {
            throw new IllegalArgumentException("not the name of a domain: " + name);
        }
        if (disks.size() != 2) {
            throw new IllegalArgumentException("two disks: " + disks.size());
        }
        if (!socket.isAbsolute()) {
            throw new IllegalArgumentException("the path of the socket must be absolute: " + socket);
        }
    }

    /** A guest of 16 MiB whose qcow2 disks of 8 MiB and socket lie in one directory. */
    public static KeeperGuest in(Path directory, String name) {
        return new KeeperGuest(
                name,
                List.of(disk(directory, name, 0), disk(directory, name, 1)),
                directory.resolve(name + ".sock").toAbsolutePath());
    }

    /**
     * Makes the images, replacing what is there: the first with the guest in its first sector, the other empty.
     *
     * @throws IOException if a file cannot be written or {@code qemu-img} fails
     */
    public void createDisks() throws IOException {
        GuestDisk.create(disks, BootSector.keeper(), GuestFiles.here(), socket.resolveSibling(name + ".boot"));
    }

    /** The domain for libvirt: emulated, without graphics, network or sound; it boots in about a second. */
    public String domainXml() {
        return DomainXml.of(name, MEMORY_MIB, DomainXml.Firmware.BIOS, disks, DomainXml.serialSocket(socket), "");
    }

    /** Has the guest keep a text in RAM, in place of the one before. */
    public void remember(String text, Duration atMost) {
        tell("M" + checked(text), atMost);
    }

    /** Asks for the text in RAM; empty when none was kept since the boot. */
    public String remembered(Duration atMost) {
        return tell("?", atMost);
    }

    /** Has the guest write a text to a disk, counted from 0, in place of the one before. */
    public void write(int disk, String text, Duration atMost) {
        tell("W" + letter(disk) + checked(text), atMost);
    }

    /** Asks for the text on a disk, counted from 0; empty when none was written. */
    public String read(int disk, Duration atMost) {
        return tell("R" + letter(disk), atMost);
    }

    private String tell(String command, Duration atMost) {
        return new GuestLine(socket).tell(command, atMost);
    }

    private static char letter(int disk) {
        if (disk < 0 || disk > 1) {
            throw new IllegalArgumentException("a keeper has disks 0 and 1: " + disk);
        }
        return (char) ('a' + disk);
    }

    private static String checked(String text) {
        if (text.length() > LONGEST_TEXT || !text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new IllegalArgumentException("not a text of at most 200 printable letters: " + text);
        }
        return text;
    }

    private static GuestDisk disk(Path directory, String name, int index) {
        Path file = directory.resolve(name + "-" + TickerGuest.target(index) + ".qcow2");
        return new GuestDisk(file.toAbsolutePath(), GuestDisk.Format.QCOW2, DISK_MIB);
    }
}
