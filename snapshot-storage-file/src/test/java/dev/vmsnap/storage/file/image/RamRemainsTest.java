package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The images here have clusters of 64 KiB, a table at the second cluster, and a disk that ends after two entries. */
final class RamRemainsTest {
    private static final long USED_ONCE = 1L << 63;
    private static final int TABLE = 1 << 16;
    private static final long SECOND_LEVEL = 2 << 16;

    private final FakeImages images = new FakeImages();
    private final ImageBytes bytes = new ImageBytes(images, Duration.ofMinutes(1));
    private final ImageNode node = new ImageNode("/a");
    private FakeImages.Image image;

    @BeforeEach
    void anImage() {
        image = images.add("/a");
        image.bytes = FakeImages.Image.header(1L << 30, 5);
    }

    @Test
    void aTableThatEndsWithTheDiskHoldsNoRam() {
        image.bytes = FakeImages.Image.header(1L << 30, 2);

        assertThat(RamRemains.find(bytes, node)).isEqualTo(new RamRemains(TABLE + 16, 0, false, 0));
        assertThat(images.commands).as("nothing but the header is read").hasSize(1);
    }

    @Test
    void whatBelongsToTheDiskIsNoRam() {
        put(TABLE, USED_ONCE | SECOND_LEVEL);
        put(TABLE + 8, USED_ONCE | SECOND_LEVEL);

        assertThat(RamRemains.find(bytes, node)).isEqualTo(new RamRemains(TABLE + 16, 24, false, 0));
    }

    @Test
    void ramThatNobodyElseUsesIsCountedWithItsTable() {
        put(TABLE + 16, USED_ONCE | SECOND_LEVEL);
        put(SECOND_LEVEL, USED_ONCE | 0x50000);
        put(SECOND_LEVEL + 8, USED_ONCE | 0x60000);
        put(SECOND_LEVEL + 16, 0x70000);

        assertThat(RamRemains.find(bytes, node)).isEqualTo(new RamRemains(TABLE + 16, 24, true, 3 << 16));
    }

    @Test
    void theEmptyTableThatASaveOfRamLeavesIsNotLeaked() {
        put(TABLE + 16, USED_ONCE | SECOND_LEVEL);
        put(SECOND_LEVEL + 8, 0x70000);

        assertThat(RamRemains.find(bytes, node)).isEqualTo(new RamRemains(TABLE + 16, 24, true, 0));
    }

    @Test
    void ramThatASnapshotUsesTooIsThereButNotLeaked() {
        put(TABLE + 24, SECOND_LEVEL);

        assertThat(RamRemains.find(bytes, node)).isEqualTo(new RamRemains(TABLE + 16, 24, true, 0));
    }

    @Test
    void wideEntriesAreCountedOnce() {
        ByteBuffer.wrap(image.bytes).putLong(72, 1 << 4);
        put(TABLE + 32, USED_ONCE | SECOND_LEVEL);
        put(SECOND_LEVEL, USED_ONCE | 0x50000);
        put(SECOND_LEVEL + 8, USED_ONCE | 0xffff);

        assertThat(RamRemains.find(bytes, node)).isEqualTo(new RamRemains(TABLE + 32, 8, true, 2 << 16));
    }

    @ParameterizedTest
    @ValueSource(longs = {1 << 1, 1 << 2, 1 << 5, 1L << 40, 1L << 63})
    void anImageWithFeaturesThatAreNotUnderstoodIsLeftAlone(long feature) {
        ByteBuffer.wrap(image.bytes).putLong(72, feature);

        assertThatThrownBy(() -> RamRemains.find(bytes, node))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("left alone");
    }

    @Test
    void aHeaderThatMakesNoSenseIsLeftAlone() {
        ByteBuffer.wrap(image.bytes).putInt(20, 40);

        assertThatThrownBy(() -> RamRemains.find(bytes, node)).hasMessageContaining("no sense");
    }

    @Test
    void whatIsNoQcow2ImageIsLeftAlone() {
        ByteBuffer.wrap(image.bytes).putInt(0, 0x7f454c46);

        assertThatThrownBy(() -> RamRemains.find(bytes, node)).hasMessageContaining("no qcow2 image");
    }

    private void put(long offset, long entry) {
        ByteBuffer.wrap(image.bytes).putLong((int) offset, entry);
    }
}
