package dev.vmsnap.storage.file.image;

import dev.vmsnap.spi.ImageInfo;
import java.nio.charset.StandardCharsets;

/**
 * What one more snapshot inside a qcow2 image takes at once, from above. Later writes of the guest cost one cluster for
 * each cluster that they change first; nobody can know that beforehand.
 *
 * <p>With a cluster of <i>c</i> bytes, all parts rounded up to whole clusters:
 * <ul>
 *   <li>a copy of the active table: 8 bytes for each <i>c</i>·<i>c</i>/16 bytes of disk and of the largest saved RAM;
 *   <li>the snapshot table written anew: 40 + 24 bytes and two names for each snapshot;
 *   <li>reference counters of those clusters: one cluster counts <i>c</i>/8 others at the widest;
 *   <li>a reference table that may have to grow by half: 12 bytes for each <i>c</i>·<i>c</i>/8 allocated bytes;
 *   <li>three clusters, for what is written before something else is let go.
 * </ul>
 */
final class SpaceEstimate {
    private static final long FIXED_ENTRY_BYTES = 40 + 24 + 24;
    private static final long LONGEST_OWN_NAME = 64;
    private static final long SPARE_CLUSTERS = 3;

    private SpaceEstimate() {}

    static long oneMoreSnapshot(ImageInfo image) {
        long cluster = image.clusterBytes();
        if (cluster <= 0) {
            return 0;
        }
        long ram = image.snapshots().stream()
                .mapToLong(ImageInfo.Entry::ramBytes)
                .max()
                .orElse(0);
        long table = clusters(8 * divide(image.virtualBytes() + ram, cluster * cluster / 16), cluster);
        long names = image.snapshots().stream()
                .mapToLong(entry -> FIXED_ENTRY_BYTES + entry.name().getBytes(StandardCharsets.UTF_8).length)
                .sum();
        long snapshots = clusters(names + FIXED_ENTRY_BYTES + LONGEST_OWN_NAME, cluster);
        long counters = divide(table + snapshots, Math.max(1, cluster / 8));
        long references = clusters(12 * divide(image.allocatedBytes(), cluster * cluster / 8), cluster);
        return (table + snapshots + counters + references + SPARE_CLUSTERS) * cluster;
    }

    private static long clusters(long bytes, long cluster) {
        return divide(bytes, cluster);
    }

    private static long divide(long dividend, long divisor) {
        return (dividend + divisor - 1) / divisor;
    }
}
