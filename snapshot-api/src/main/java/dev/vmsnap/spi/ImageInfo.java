package dev.vmsnap.spi;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume.Chain;
import java.util.List;
import java.util.Optional;

/**
 * What an image that can hold snapshots says of itself.
 *
 * @param target the disk's name inside the VM, or its path where no VM is known
 * @param format its format
 * @param virtualBytes the size that the guest sees, in bytes
 * @param allocatedBytes what it takes on storage, in bytes
 * @param clusterBytes its unit of allocation, in bytes
 * @param snapshots the snapshots inside it, in its order
 * @param bitmaps names of persistent dirty bitmaps
 * @param chain the layers below it as far as the source states them, without identities; empty if it is based on nothing
 * @param encrypted whether it is encrypted
 * @param corrupt whether it is marked corrupt
 * @param refcountBits width of a reference counter in bits; 16 if the source does not state it
 * @param dataFile the external file that holds its data, if any
 * @param detached why the file that the hypervisor has open is not the one at the disk's path; empty if it is, or for an
 *     image that is not open
 */
public record ImageInfo(
        String target,
        String format,
        long virtualBytes,
        long allocatedBytes,
        long clusterBytes,
        List<Entry> snapshots,
        List<String> bitmaps,
        Chain chain,
        boolean encrypted,
        boolean corrupt,
        int refcountBits,
        Optional<String> dataFile,
        Optional<String> detached) {
    private static final String PREFIX = "vmsnap-";

    /** Copies the lists. */
    public ImageInfo {
        snapshots = List.copyOf(snapshots);
        bitmaps = List.copyOf(bitmaps);
    }

    /**
     * One snapshot inside an image.
     *
     * @param name its name
     * @param ramBytes size of the saved RAM and device state in bytes, 0 when it has none
     */
    public record Entry(String name, long ramBytes) {}

    /**
     * Returns the name of a snapshot of ours inside an image. It starts with a letter, since {@code qemu-img} takes a
     * number for an index.
     *
     * @param id the snapshot
     * @return the name
     */
    public static String tag(SnapshotId id) {
        return PREFIX + id.value();
    }

    /**
     * Tells which snapshot of ours a name belongs to.
     *
     * @param name a name inside an image
     * @return the id, or empty when it is not one of ours
     */
    public static Optional<SnapshotId> idOf(String name) {
        if (!name.startsWith(PREFIX)) {
            return Optional.empty();
        }
        try {
            return Optional.of(SnapshotId.of(name.substring(PREFIX.length())));
        } catch (IllegalArgumentException notOurs) {
            return Optional.empty();
        }
    }
}
