package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A virtual machine whose counter is a variable of its UEFI firmware, about nine counts a second. It prints what a ticker
 * guest with one disk does: at boot what the variable held, then each count; {@link Console} reads it.
 *
 * <p>It counts in RAM first, then in the variable: the RAM is equal to the variable or one ahead. On its disk, from which
 * it boots, it changes nothing.
 *
 * <p>A guest is a value; nothing exists until {@link #createDisk()} and until libvirt is given {@link #domainXml()}.
 *
 * @param name name of the domain
 * @param disk what it boots from
 * @param serialLog the file that gets what it prints
 * @param variables the store of the firmware's variables; the first start makes it
 * @param moreDevices XML of further devices, put into the domain as it is
 */
public record UefiGuest(String name, GuestDisk disk, Path serialLog, Path variables, String moreDevices) {
    private static final Path FIRMWARE = Path.of("/usr/share/OVMF/OVMF_CODE_4M.fd");
    private static final String TEMPLATE = "/usr/share/OVMF/OVMF_VARS_4M.fd";
    private static final int MEMORY_MIB = 64;
    private static final int DISK_MIB = 4;

    /** A guest of 64 MiB whose qcow2 disk, variables and log lie in one directory. */
    public static UefiGuest in(Path directory, String name) {
        Path absolute = directory.toAbsolutePath();
        return new UefiGuest(
                name,
                new GuestDisk(absolute.resolve(name + "-vda.qcow2"), GuestDisk.Format.QCOW2, DISK_MIB),
                absolute.resolve(name + ".log"),
                absolute.resolve(name + "_VARS.fd"),
                "");
    }

    /** The same guest with further devices, in libvirt's XML. */
    public UefiGuest withMoreDevices(String newMoreDevices) {
        return new UefiGuest(name, disk, serialLog, variables, newMoreDevices);
    }

    /**
     * Makes the disk, replacing what is there.
     *
     * @throws IOException if it cannot be written or {@code qemu-img} fails
     */
    public void createDisk() throws IOException {
        byte[] application = EfiDisk.of(BootSector.code("uefi.listing", 0).bytes());
        GuestDisk.create(List.of(disk), application, GuestFiles.here(), serialLog.resolveSibling(name + ".boot"));
    }

    /** The domain for libvirt: emulated, without graphics, network or sound; it boots in a few seconds. */
    public String domainXml() {
        return DomainXml.of(
                name,
                MEMORY_MIB,
                DomainXml.Firmware.inFlash("q35", FIRMWARE, TEMPLATE, variables),
                List.of(disk),
                DomainXml.serialLog(serialLog),
                moreDevices);
    }
}
