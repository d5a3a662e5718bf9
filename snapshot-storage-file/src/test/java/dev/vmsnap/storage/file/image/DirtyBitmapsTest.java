package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.Volume;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DirtyBitmapsTest {
    private static final Volume A = FakeNode.volume("vda", "/guests/a");
    private static final Volume B = FakeNode.volume("vdb", "/guests/b");

    private final FakeNode node = new FakeNode();
    private final ImageVolumes storage = new ImageVolumes(Duration.ofMinutes(30), Clock.systemUTC());
    private final FakeImages.Image a = node.images.add("/guests/a");
    private final FakeImages.Image b = node.images.add("/guests/b");

    @Test
    void everyBitmapOfEveryImageIsRemovedWhateverItsName() {
        a.bitmaps.addAll(List.of("backup-1", "--add"));
        b.bitmaps.add("backup 2");

        storage.dropBitmaps(List.of(A, B), node);
        storage.dropBitmaps(List.of(A, B), node);

        assertThat(a.bitmaps).isEmpty();
        assertThat(b.bitmaps).isEmpty();
    }

    @Test
    void aToolThatReportsSuccessAndRemovesNothingIsNotBelieved() {
        a.bitmaps.add("backup-1");
        a.keepsBitmaps = true;

        assertThatThrownBy(() -> storage.dropBitmaps(List.of(A), node))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("backup-1");
    }

    @Test
    void theImagesOfARunningVmAreLeftAlone() {
        a.bitmaps.add("backup-1");
        node.power = PowerState.RUNNING;

        assertThatThrownBy(() -> storage.dropBitmaps(List.of(A), node)).isInstanceOf(DriverException.class);
        assertThat(a.bitmaps).containsExactly("backup-1");
    }
}
