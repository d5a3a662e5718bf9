package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A virtual machine with a counter in RAM and the same counter on each of its disks, about nine counts a second.
 *
 * <p>It counts in RAM first, then writes the disks from the last to the first, then prints. So at every instant
 * {@code last disk >= ... >= first disk}, the RAM is equal to the first disk or one ahead of it, and all of them differ
 * by one at most: what comes back from a snapshot proves by itself whether RAM and disks were taken at one instant.
 *
 * <p>A guest is a value; nothing exists until {@link #createDisks()} and until libvirt is given {@link #domainXml()}.
 *
 * @param name name of the domain
 * @param memoryMiB RAM, 16 or more
 * @param fillMiB how much of the RAM is filled at boot with numbers that do not compress; at least 4 MiB less than the
 *     RAM, since the BIOS keeps some at both ends
 * @param disks one to three; the guest boots from the first, which must not hold anything else
 * @param serialLog the file that gets what the guest prints; {@link Console} reads it
 * @param moreDevices XML of further devices, put into the domain as it is
 * @param variables a store of firmware variables: a file of 128 KiB. The guest has it in flash memory beside its BIOS,
 *     which does not know of it; empty for none
 */
public record TickerGuest(
        String name,
        int memoryMiB,
        int fillMiB,
        List<GuestDisk> disks,
        Path serialLog,
        String moreDevices,
        Optional<Path> variables) {
    private static final Path BIOS = Path.of("/usr/share/seabios/bios-256k.bin");
    private static final int FIRST_DISK_MIB = 64;
    private static final int OTHER_DISK_MIB = 16;
    private static final int DEFAULT_MEMORY_MIB = 32;
    private static final int BIOS_MIB = 4;
    private static final int PCI_HOLE_MIB = 3072;

    public TickerGuest {
        disks = List.copyOf(disks);
        if (name.isEmpty() || name.contains("/")) {
            throw new IllegalArgumentException("not the name of a domain: " + name);
        }
        if (memoryMiB < 16) {
            throw new IllegalArgumentException("a guest needs 16 MiB or more: " + memoryMiB);
        }
        if (fillMiB < 0 || (fillMiB > 0 && fillMiB > Math.min(memoryMiB, PCI_HOLE_MIB) - BIOS_MIB)) {
            throw new IllegalArgumentException("cannot fill " + fillMiB + " MiB of " + memoryMiB);
        }
        if (disks.isEmpty() || disks.size() > 3) {
            throw new IllegalArgumentException("one to three disks: " + disks.size());
        }
        if (!serialLog.isAbsolute()) {
            throw new IllegalArgumentException("the path of the serial log must be absolute: " + serialLog);
        }
    }

    /**
     * A guest of 32 MiB whose qcow2 disks and log lie in one directory: {@code NAME-vda.qcow2} of 64 MiB, the others of
     * 16 MiB, and {@code NAME.log}.
     */
    public static TickerGuest in(Path directory, String name, int numberOfDisks) {
        List<GuestDisk> disks = IntStream.range(0, numberOfDisks)
                .mapToObj(index -> new GuestDisk(
                        directory.resolve(name + "-" + target(index) + ".qcow2").toAbsolutePath(),
                        GuestDisk.Format.QCOW2,
                        index == 0 ? FIRST_DISK_MIB : OTHER_DISK_MIB))
                .toList();
        Path log = directory.resolve(name + ".log").toAbsolutePath();
        return new TickerGuest(name, DEFAULT_MEMORY_MIB, 0, disks, log, "", Optional.empty());
    }

    /** The same guest with other RAM. */
    public TickerGuest withMemory(int newMemoryMiB, int newFillMiB) {
        return new TickerGuest(name, newMemoryMiB, newFillMiB, disks, serialLog, moreDevices, variables);
    }

    /** The same guest with other disks. */
    public TickerGuest withDisks(List<GuestDisk> newDisks) {
        return new TickerGuest(name, memoryMiB, fillMiB, newDisks, serialLog, moreDevices, variables);
    }

    /** The same guest with further devices, in libvirt's XML. */
    public TickerGuest withMoreDevices(String newMoreDevices) {
        return new TickerGuest(name, memoryMiB, fillMiB, disks, serialLog, newMoreDevices, variables);
    }

    /** The same guest with a store of firmware variables. */
    public TickerGuest withVariables(Path file) {
        return new TickerGuest(
                name, memoryMiB, fillMiB, disks, serialLog, moreDevices, Optional.of(file.toAbsolutePath()));
    }

    /** The target of a disk, counted from 0: {@code vda}, {@code vdb}, {@code vdc}. */
    public static String target(int index) {
        return "vd" + (char) ('a' + index);
    }

    /**
     * Makes the images, replacing what is there: the first with the guest in its first sector, the others empty.
     *
     * @throws IOException if a file cannot be written or {@code qemu-img} fails
     */
    public void createDisks() throws IOException {
        createDisks(GuestFiles.here());
    }

    /**
     * Makes the images on another machine. Disks that are devices must be there; only their first 4 KiB are written.
     *
     * @throws IOException if a file cannot be written or a command fails there
     */
    public void createDisks(GuestFiles files) throws IOException {
        GuestDisk.create(disks, BootSector.ticker(fillMiB), files, serialLog.resolveSibling(name + ".boot"));
    }

    /**
     * Writes the guest into the first sector of a raw file, leaving the rest of the file as it is.
     *
     * @throws IOException if the file cannot be written
     */
    public void writeBootSector(Path rawFile) throws IOException {
        try (var channel = Files.newByteChannel(rawFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(BootSector.ticker(fillMiB)));
        }
    }

    /** The domain for libvirt: emulated, without graphics, network or sound; it boots in about a second. */
    public String domainXml() {
        DomainXml.Firmware firmware = variables
                .map(file -> DomainXml.Firmware.inFlash("pc", BIOS, "", file))
                .orElse(DomainXml.Firmware.BIOS);
        return DomainXml.of(name, memoryMiB, firmware, disks, DomainXml.serialLog(serialLog), moreDevices);
    }
}
