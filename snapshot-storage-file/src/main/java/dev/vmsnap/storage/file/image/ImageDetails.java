package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.Volume;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What takes longer to find out about images: how much their snapshots take, and what is allocated for nothing. */
final class ImageDetails {
    private static final Logger LOG = LoggerFactory.getLogger(ImageDetails.class);

    private final QemuImg images;
    private final ImageBytes bytes;
    private final SpaceCount spaces;

    ImageDetails(QemuImg images, ImageBytes bytes, SpaceCount spaces) {
        this.images = images;
        this.bytes = bytes;
        this.spaces = spaces;
    }

    /** What the snapshots of an image take; empty when it cannot be told. */
    Optional<SnapshotSpace> space(Volume volume) {
        return spaces.of(new ImageNode(volume.source()));
    }

    /**
     * What nothing uses in an image that nobody has open and {@link Reclamation} can free, in bytes; 0 when it cannot be
     * told within the time.
     */
    long leaked(Volume volume, ImageFacts facts) {
        if (facts.dataFile().isPresent()
                || facts.image().corrupt()
                || facts.image().encrypted()) {
            return 0;
        }
        long leaked = 0;
        try {
            ImageNode node = new ImageNode(volume.source());
            leaked = RamRemains.find(bytes, node).ownedBytes();
            if (facts.image().snapshots().isEmpty() || !HeaderRewrite.happens(bytes, node)) {
                leaked += images.check(volume).leaks() * facts.image().clusterBytes();
            }
        } catch (DriverException untold) {
            LOG.info("nobody knows what leaks in disk {}: {}", volume.target(), untold.getMessage());
        }
        return leaked;
    }
}
