package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * One disk of a guest: a file.
 *
 * @param file where the image is, an absolute path
 * @param format the format of the image
 * @param sizeMiB size the guest sees, 1 or more
 */
public record GuestDisk(Path file, Format format, int sizeMiB) {
    public GuestDisk {
        if (!file.isAbsolute()) {
            throw new IllegalArgumentException("the path of a disk must be absolute: " + file);
        }
        if (sizeMiB < 1) {
            throw new IllegalArgumentException("a disk has 1 MiB or more: " + sizeMiB);
        }
    }

    /** Makes the images of a guest, replacing what is there: the first with a boot sector, the others empty. */
    static void create(List<GuestDisk> disks, byte[] bootSector) throws IOException {
        Path sector = Files.createTempFile(disks.get(0).file().getParent(), "boot", ".raw");
        try {
            Files.write(sector, bootSector);
            disks.get(0).createFrom(sector);
            for (GuestDisk disk : disks.subList(1, disks.size())) {
                disk.create();
            }
        } finally {
            Files.delete(sector);
        }
    }

    private void create() throws IOException {
        Files.deleteIfExists(file);
        Tool.run(List.of("qemu-img", "create", "-q", "-f", format.qemuName(), file.toString(), sizeMiB + "M"));
    }

    private void createFrom(Path sector) throws IOException {
        String name = format.qemuName();
        Files.deleteIfExists(file);
        Tool.run(List.of("qemu-img", "convert", "-q", "-f", "raw", "-O", name, sector.toString(), file.toString()));
        Tool.run(List.of("qemu-img", "resize", "-q", "-f", name, file.toString(), sizeMiB + "M"));
    }

    /** Formats of an image. */
    public enum Format {
        QCOW2,
        RAW;

        /** The name that QEMU and libvirt use. */
        public String qemuName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
