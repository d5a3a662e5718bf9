package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.nio.file.Path;

/** Makes the disks of a guest and prints its domain, for scripts and for people. */
public final class MakeGuest {
    private MakeGuest() {}

    /**
     * Arguments: directory, name, number of disks, MiB of RAM, MiB of RAM to fill at boot.
     *
     * @throws IOException if the disks cannot be made
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 5) {
            System.err.println("usage: MakeGuest DIRECTORY NAME DISKS MEMORY_MIB FILL_MIB");
            System.exit(2);
        }
        TickerGuest guest = TickerGuest.in(Path.of(arguments[0]), arguments[1], Integer.parseInt(arguments[2]))
                .withMemory(Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
        guest.createDisks();
        System.out.print(guest.domainXml());
    }
}
