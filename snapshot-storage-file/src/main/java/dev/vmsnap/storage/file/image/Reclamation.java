package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Volume;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees what interrupted work has left in an image that nobody has open: clusters that nothing uses, which a killed
 * {@code qemu-img} leaves behind, and RAM behind the disk's end ({@link RamRemains}).
 *
 * <p>Such RAM is let go by clearing its entries in the active table; its clusters are then leaks like any other. The image
 * is sound at each instant, whenever the work is killed. Asked again, it finishes. Its size only changes when the volume
 * states a smaller one than the image has.
 *
 * <p>An image that has snapshots and persistent bitmaps keeps its leaks until the bitmaps are removed
 * ({@link HeaderRewrite}); its RAM is let go of all the same.
 */
final class Reclamation {
    private static final Logger LOG = LoggerFactory.getLogger(Reclamation.class);

    private final QemuImg images;
    private final ImageBytes bytes;

    Reclamation(QemuImg images, ImageBytes bytes) {
        this.images = images;
        this.bytes = bytes;
    }

    /**
     * Frees what it can.
     *
     * @param volume the image
     * @throws DriverException {@code BROKEN}, with nothing changed, when the image is damaged
     */
    void reclaim(Volume volume) {
        ImageFacts facts = images.read(volume);
        if (facts.dataFile().isPresent() || facts.image().encrypted()) {
            return;
        }
        if (facts.dirty()) {
            images.open(volume);
        }
        ImageNode node = new ImageNode(volume.source());
        shrinkBack(volume, facts);
        CheckReport before = undamaged(volume, images.check(volume));
        RamRemains remains = RamRemains.find(bytes, node);
        if (remains.present()) {
            bytes.zero(node, remains.offset(), remains.length());
        }
        if (before.clean() && !remains.present()) {
            return;
        }
        if (!facts.image().snapshots().isEmpty() && HeaderRewrite.happens(bytes, node)) {
            LOG.warn(
                    "disk {} keeps space that nothing uses, since its image has persistent bitmaps: remove them with"
                            + " 'qemu-img bitmap --remove' and reclaim again",
                    volume.target());
            return;
        }
        CheckReport after = undamaged(volume, images.repairLeaks(volume));
        requireDone(volume, facts, after);
        LOG.info(
                "freed {} leaked clusters and {} bytes of left-over RAM in disk {}",
                before.leaks(),
                remains.ownedBytes(),
                volume.target());
    }

    /**
     * Frees RAM behind the disk's end if there is some; looking costs little on an image of any size.
     *
     * @param volume the image
     */
    void reclaimRam(Volume volume) {
        if (RamRemains.find(bytes, new ImageNode(volume.source())).present()) {
            reclaim(volume);
        }
    }

    /** Finishes what an interrupted reclaim of the hypervisor's has left: a disk that has grown over left-over RAM. */
    private void shrinkBack(Volume volume, ImageFacts facts) {
        if (volume.virtualBytes().isPresent()
                && facts.image().virtualBytes() > volume.virtualBytes().getAsLong()) {
            images.shrink(volume, volume.virtualBytes().getAsLong());
        }
    }

    private void requireDone(Volume volume, ImageFacts before, CheckReport after) {
        if (!images.read(volume).image().snapshots().equals(before.image().snapshots())) {
            throw broken(volume, "has lost snapshots in a repair");
        }
        if (!after.clean()
                || RamRemains.find(bytes, new ImageNode(volume.source())).present()) {
            throw broken(volume, "still holds what nothing uses");
        }
    }

    private static CheckReport undamaged(Volume volume, CheckReport report) {
        if (report.damaged()) {
            throw broken(volume, "has a damaged image; go back to a backup, or copy it and try qemu-img check -r all");
        }
        return report;
    }

    private static DriverException broken(Volume volume, String what) {
        return new DriverException(ImageVolumes.DRIVER, Reason.BROKEN, "disk " + volume.target() + " " + what);
    }
}
