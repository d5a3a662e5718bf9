package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.Volume;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures images where that takes longer: the space of their snapshots, and clusters that nothing uses. */
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

    /** Returns the space that the snapshots of an image take; empty if it cannot be measured. */
    Optional<SnapshotSpace> space(Volume volume) {
        return spaces.of(new ImageNode(volume.source()));
    }

    /**
     * Returns the bytes that nothing uses in an image without users, which {@link Reclamation} can free; 0 if that
     * could not be measured in time.
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
