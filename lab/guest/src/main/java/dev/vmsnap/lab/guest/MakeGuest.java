package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Makes the disks of a guest and prints its domain, for scripts and for people. */
public final class MakeGuest {
    private static final String ON_DEVICES = "--on-devices";
    private static final int FIRST_DEVICE = 6;
    private static final int DISK_MIB = 64;

    private MakeGuest() {}

    /**
     * Arguments: directory, name, number of disks, MiB of RAM, MiB of RAM to fill at boot. Or for a scribe of two disks:
     * directory, name, and where its system is. Or for a guest on devices that are somewhere else: {@code --on-devices}, a file to make that belongs at the beginning of the first device, the
     * directory of its log there, name, MiB of RAM, MiB of RAM to fill, and the devices.
     *
     * @throws IOException if the disks cannot be made
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length > FIRST_DEVICE && arguments[0].equals(ON_DEVICES)) {
            List<GuestDisk> devices = Arrays.stream(arguments)
                    .skip(FIRST_DEVICE)
                    .map(device -> new GuestDisk(Path.of(device), GuestDisk.Format.RAW, DISK_MIB))
                    .toList();
            TickerGuest guest = TickerGuest.in(Path.of(arguments[2]), arguments[3], devices.size())
                    .withMemory(Integer.parseInt(arguments[4]), Integer.parseInt(arguments[5]))
                    .withDisks(devices);
            guest.writeBootSector(Path.of(arguments[1]));
            System.out.print(guest.domainXml());
        } else if (arguments.length == 5) {
            TickerGuest guest = TickerGuest.in(Path.of(arguments[0]), arguments[1], Integer.parseInt(arguments[2]))
                    .withMemory(Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
            guest.createDisks();
            System.out.print(guest.domainXml());
        } else if (arguments.length == 3) {
            ScribeGuest guest = ScribeGuest.in(Path.of(arguments[0]), arguments[1], 2, Path.of(arguments[2]));
            guest.createDisks();
            System.out.print(guest.domainXml());
        } else {
            System.err.print("""
                    usage: MakeGuest DIRECTORY NAME DISKS MEMORY_MIB FILL_MIB
                           MakeGuest DIRECTORY NAME SYSTEM
                           MakeGuest --on-devices BOOT_FILE LOG_DIRECTORY NAME MEMORY_MIB FILL_MIB DEVICE...
                    """);
            System.exit(2);
        }
    }
}
