package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.ImageInfo;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SpaceEstimateTest {
    private static final long GIB = 1L << 30;

    @Test
    void aSmallDiskNeedsAFewClusters() {
        // The table, the snapshots, one cluster of counters, one of references, three to spare.
        assertThat(SpaceEstimate.oneMoreSnapshot(image(GIB, GIB, 0, 1 << 16))).isEqualTo(7 << 16);
    }

    @Test
    void itGrowsWithTheDiskAndWithSavedRam() {
        long disk = SpaceEstimate.oneMoreSnapshot(image(10_240 * GIB, 0, 0, 1 << 16));

        assertThat(disk).isBetween(5L << 16, 1L << 20);
        assertThat(SpaceEstimate.oneMoreSnapshot(image(20_480 * GIB, 0, 0, 1 << 16)))
                .isGreaterThan(disk);
    }

    @Test
    void itGrowsWithTheNumberOfSnapshots() {
        assertThat(SpaceEstimate.oneMoreSnapshot(image(GIB, 0, 1000, 1 << 16)))
                .isGreaterThan(SpaceEstimate.oneMoreSnapshot(image(GIB, 0, 1, 1 << 16)));
    }

    @Test
    void anImageOfWhichNothingIsKnownNeedsNothing() {
        assertThat(SpaceEstimate.oneMoreSnapshot(image(GIB, 0, 0, 0))).isZero();
    }

    private static ImageInfo image(long virtual, long allocated, int snapshots, long cluster) {
        return new ImageInfo(
                "vda",
                "qcow2",
                virtual,
                allocated,
                cluster,
                IntStream.range(0, snapshots)
                        .mapToObj(i -> new ImageInfo.Entry("vmsnap-s" + i, 0))
                        .toList(),
                List.of(),
                Chain.NONE,
                false,
                false,
                16,
                Optional.empty(),
                Optional.empty());
    }
}
