package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ReclamationTest {
    private static final int ENTRY_BEHIND_THE_END = (1 << 16) + 16;
    private static final List<Volume> VOLUMES = List.of(FakeNode.volume("vda", "/a"), FakeNode.raw("vdb", "/b"));

    private final FakeNode node = new FakeNode();
    private final ImageVolumes storage = new ImageVolumes(Duration.ofMinutes(30), Clock.systemUTC());
    private FakeImages.Image image;

    @BeforeEach
    void anImage() {
        image = node.images.add("/a");
    }

    @Test
    void aSoundImageIsNotWrittenTo() {
        storage.reclaim(VOLUMES, node);

        assertThat(node.images.writes()).isEmpty();
    }

    @Test
    void leaksAreFreed() {
        image.leaks = 196_656;

        storage.reclaim(VOLUMES, node);

        assertThat(image.leaks).isZero();
        assertThat(node.images.writes()).containsExactly("check-r /a");
    }

    @Test
    void aLineForEachLeakIsDroppedOnTheNode() {
        storage.reclaim(VOLUMES, node);

        assertThat(node.images.commands)
                .filteredOn(command -> command.contains("check"))
                .isNotEmpty()
                .allSatisfy(command -> {
                    assertThat(command).startsWith("sh", "-c").containsSequence("sh", "qemu-img", "check");
                    assertThat(command.get(2))
                            .contains("grep -v -e '^Leaked cluster'")
                            .contains("tail -c");
                });
    }

    @Test
    void flagsThatAKilledCommandLeftAreNoDamage() {
        image.staleFlags = 65_531;

        storage.reclaim(VOLUMES, node);

        assertThat(image.staleFlags).isZero();
    }

    @Test
    void anImageWithSnapshotsAndBitmapsKeepsItsLeaksButNotItsRam() {
        ramBehindTheEnd();
        image.hold(SnapshotId.of("s1"), 0);
        ByteBuffer.wrap(image.bytes).putLong(88, 1);

        storage.reclaim(VOLUMES, node);

        assertThat(node.images.writes()).containsExactly("zero /a");
    }

    @Test
    void bitmapsThatAnotherProgramInvalidatedCountToo() {
        image.leaks = 1;
        image.hold(SnapshotId.of("s1"), 0);
        ByteBuffer.wrap(image.bytes).putInt(104, 0x6803f857).putInt(108, 3);
        ByteBuffer.wrap(image.bytes).putInt(120, 0x23852875).putInt(124, 24);

        storage.reclaim(VOLUMES, node);

        assertThat(node.images.writes()).isEmpty();
    }

    @Test
    void otherExtensionsOfTheHeaderAreNoObstacle() {
        image.leaks = 1;
        image.hold(SnapshotId.of("s1"), 0);
        ByteBuffer.wrap(image.bytes).putInt(104, 0x6803f857).putInt(108, 3);

        storage.reclaim(VOLUMES, node);

        assertThat(node.images.writes()).containsExactly("check-r /a");
    }

    @Test
    void aHeaderWithoutEndIsNotTrusted() {
        image.leaks = 1;
        image.hold(SnapshotId.of("s1"), 0);
        ByteBuffer.wrap(image.bytes).putInt(104, 0x6803f857).putInt(108, -1);

        storage.reclaim(VOLUMES, node);

        assertThat(node.images.writes()).isEmpty();
    }

    @Test
    void bitmapsWithoutSnapshotsAreNoObstacle() {
        image.leaks = 1;
        ByteBuffer.wrap(image.bytes).putLong(88, 1);

        storage.reclaim(VOLUMES, node);

        assertThat(node.images.writes()).containsExactly("check-r /a");
    }

    @Test
    void aRepairThatLosesSnapshotsIsAFailure() {
        image.leaks = 1;
        image.hold(SnapshotId.of("s1"), 0);
        image.losesSnapshotsInRepair = true;

        assertThatThrownBy(() -> storage.reclaim(VOLUMES, node)).hasMessageContaining("lost snapshots");
    }

    @Test
    void ramBehindTheEndIsLetGoAndThenFreed() {
        ramBehindTheEnd();

        storage.reclaim(VOLUMES, node);

        assertThat(node.images.writes()).containsExactly("zero /a", "check-r /a");
        assertThat(image.leaks).isZero();
        assertThat(ByteBuffer.wrap(image.bytes).getLong(ENTRY_BEHIND_THE_END)).isZero();
    }

    @Test
    void aReclaimThatWasKilledBetweenItsTwoWritesIsFinishedByTheNext() {
        ramBehindTheEnd();
        node.images.failWhen(tool -> tool.contains("-r") && tool.contains("check") && !image.dirty, "killed");
        assertThatThrownBy(() -> storage.reclaim(VOLUMES, node)).hasMessageContaining("cannot check");

        FakeNode next = new FakeNode();
        next.images.files.put("/a", image);
        storage.reclaim(VOLUMES, next);

        assertThat(next.images.writes()).containsExactly("check-r /a");
        assertThat(image.leaks).isZero();
    }

    @Test
    void aDamagedImageIsNotWrittenTo() {
        ramBehindTheEnd();
        image.damaged = 1;

        assertThatThrownBy(() -> storage.reclaim(VOLUMES, node)).hasMessageContaining("damaged image");

        assertThat(node.images.writes()).isEmpty();
    }

    @Test
    void aDirtyImageGetsItsCountersRebuiltFirst() {
        image.dirty = true;
        image.damaged = 5;

        storage.reclaim(VOLUMES, node);

        assertThat(image.damaged).isZero();
    }

    @Test
    void whatCannotHoldSnapshotsIsLeftAlone() {
        image.leaks = 1;
        image.encrypted = true;
        storage.reclaim(VOLUMES, node);
        image.encrypted = false;
        image.dataFile = Optional.of("/d");
        storage.reclaim(VOLUMES, node);

        assertThat(node.images.writes()).isEmpty();
    }

    private void ramBehindTheEnd() {
        image.bytes = FakeImages.Image.header(1L << 30, 3);
        ByteBuffer.wrap(image.bytes).putLong(ENTRY_BEHIND_THE_END, 1L << 63 | 2 << 16);
    }
}
