package dev.vmsnap.lab.guest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * One disk of a guest: a file, or a block device.
 *
 * @param file where the image is, an absolute path; below {@code /dev} it is a device
 * @param format the format of the image
 * @param sizeMiB size the guest sees, 1 or more
 * @param uncached whether QEMU goes past the page cache of the node
 */
public record GuestDisk(Path file, Format format, int sizeMiB, boolean uncached) {
    public GuestDisk {
        if (!file.isAbsolute()) {
            throw new IllegalArgumentException("the path of a disk must be absolute: " + file);
        }
        if (sizeMiB < 1) {
            throw new IllegalArgumentException("a disk has 1 MiB or more: " + sizeMiB);
        }
    }

    /** One that QEMU has in the page cache, as is usual. */
    public GuestDisk(Path file, Format format, int sizeMiB) {
        this(file, format, sizeMiB, false);
    }

    /** The same, but past the page cache, as platforms have disks on network mounts. */
    public GuestDisk pastCache() {
        return new GuestDisk(file, format, sizeMiB, true);
    }

    /** Whether it is a block device, such as a logical volume, and not a file. */
    public boolean isDevice() {
        return file.startsWith("/dev");
    }

    /**
     * Makes the images of a guest, replacing what is there: the first with a boot sector, the others empty. A device must
     * be there; its records are cleared.
     */
    static void create(List<GuestDisk> disks, byte[] bootSector, GuestFiles files, Path scratch) throws IOException {
        files.write(scratch, bootSector);
        try {
            disks.get(0).createFrom(scratch, files);
            for (GuestDisk disk : disks.subList(1, disks.size())) {
                disk.create(files);
            }
        } finally {
            files.run(List.of("rm", "-f", scratch.toString()));
        }
    }

    private void create(GuestFiles files) throws IOException {
        if (isDevice()) {
            clear(files);
        } else {
            files.run(List.of("rm", "-f", file.toString()));
            files.run(List.of("qemu-img", "create", "-q", "-f", format.qemuName(), file.toString(), sizeMiB + "M"));
        }
    }

    private void createFrom(Path sector, GuestFiles files) throws IOException {
        if (isDevice()) {
            clear(files);
            files.run(List.of("dd", "if=" + sector, "of=" + file, "conv=notrunc,fsync"));
        } else {
            String name = format.qemuName();
            files.run(List.of("rm", "-f", file.toString()));
            files.run(
                    List.of("qemu-img", "convert", "-q", "-f", "raw", "-O", name, sector.toString(), file.toString()));
            files.run(List.of("qemu-img", "resize", "-q", "-f", name, file.toString(), sizeMiB + "M"));
        }
    }

    private void clear(GuestFiles files) throws IOException {
        files.run(List.of("dd", "if=/dev/zero", "of=" + file, "bs=4096", "count=1", "conv=notrunc,fsync"));
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
