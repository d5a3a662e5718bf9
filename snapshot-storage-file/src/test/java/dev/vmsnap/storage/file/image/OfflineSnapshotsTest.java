package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class OfflineSnapshotsTest {
    private static final SnapshotId OLD = SnapshotId.of("old");
    private static final SnapshotId NEW = SnapshotId.of("new");
    private static final Volume A = FakeNode.volume("vda", "/guests/a");
    private static final Volume B = FakeNode.volume("vdb", "/guests/b");
    private static final Volume C = FakeNode.volume("vdc", "/guests/c");
    private static final List<Volume> ALL = List.of(A, B, C);

    private final FakeNode node = new FakeNode();
    private final ImageVolumes storage = new ImageVolumes(Duration.ofMinutes(30), Clock.systemUTC());
    private FakeImages.Image a;
    private FakeImages.Image b;
    private FakeImages.Image c;

    @BeforeEach
    void threeImagesWithOneSnapshot() {
        a = node.images.add("/guests/a");
        b = node.images.add("/guests/b");
        c = node.images.add("/guests/c");
        List.of(a, b, c).forEach(image -> image.hold(OLD, 0));
    }

    @Test
    void aCutTakesTheSnapshotInEveryImage() {
        storage.cut(ALL, NEW, node);

        assertThat(List.of(a, b, c)).allSatisfy(i -> assertThat(i.names()).containsExactly("vmsnap-old", "vmsnap-new"));
        assertThat(node.progress).containsExactly(1.0 / 3, 2.0 / 3, 1.0);
    }

    @Test
    void aCutAskedAgainChangesNothing() {
        storage.cut(ALL, NEW, node);
        int writes = node.images.writes().size();

        storage.cut(ALL, NEW, node);

        assertThat(node.images.writes()).hasSize(writes);
    }

    @Test
    void aCutThatWasInterruptedIsTakenAnewInEveryImage() {
        a.hold(NEW, 0);

        storage.cut(ALL, NEW, node);

        assertThat(node.images.writes())
                .containsExactly(
                        "snapshot-d /guests/a", "snapshot-c /guests/a", "snapshot-c /guests/b", "snapshot-c /guests/c");
    }

    @Test
    void aCutThatFailsInTheSecondImageIsTakenBackInTheFirst() {
        node.images.failWhen(
                tool -> tool.contains("snapshot")
                        && tool.contains("-c")
                        && FakeImages.path(tool.get(4)).equals("/guests/b"),
                "qemu-img: Could not create snapshot 'vmsnap-new': -28 (No space left on device)");

        assertThat(failure(() -> storage.cut(ALL, NEW, node)).reason()).isEqualTo(Reason.NO_SPACE);

        assertThat(List.of(a, b, c)).allSatisfy(i -> assertThat(i.names()).containsExactly("vmsnap-old"));
    }

    @Test
    void aCutThatSucceededOnlyInWordsIsTakenBack() {
        b.createsNothing = true;

        assertThat(failure(() -> storage.cut(ALL, NEW, node)).reason()).isEqualTo(Reason.BROKEN);

        assertThat(a.names()).containsExactly("vmsnap-old");
    }

    @Test
    void aCutThatHarmedAnotherSnapshotIsAFailure() {
        a.losesOthersOnCreate = true;

        assertThat(failure(() -> storage.cut(ALL, NEW, node))).hasMessageContaining("lost another snapshot");
    }

    @Test
    void whatCannotBeTakenBackIsSaidBesideTheFirstFailure() {
        node.images.failWhen(
                tool -> tool.contains("snapshot")
                        && tool.contains("-c")
                        && FakeImages.path(tool.get(4)).equals("/guests/b"),
                "first");
        node.images.failWhen(tool -> tool.contains("-d"), "second");

        DriverException failure = failure(() -> storage.cut(ALL, NEW, node));

        assertThat(failure).hasMessageContaining("first");
        assertThat(failure.getSuppressed()).hasSize(1);
    }

    @Test
    void aCancelledCutLeavesNothing() {
        node.looksUntilCancelled = 2;

        assertThatThrownBy(() -> storage.cut(ALL, NEW, node)).isInstanceOf(CancelledException.class);

        assertThat(List.of(a, b, c)).allSatisfy(i -> assertThat(i.names()).containsExactly("vmsnap-old"));
    }

    @Test
    void noImageIsWrittenToWhileAnotherOneIsInUse() {
        node.images.failWhen(
                tool -> tool.contains("info")
                        && FakeImages.path(tool.get(tool.size() - 1)).equals("/guests/c"),
                "Could not open: Failed to get shared \"write\" lock\nIs another process using the image?");

        assertThat(failure(() -> storage.cut(ALL, NEW, node)).reason()).isEqualTo(Reason.IN_USE);
        assertThat(failure(() -> storage.restore(ALL, OLD, node)).reason()).isEqualTo(Reason.IN_USE);
        assertThat(node.images.writes()).isEmpty();

        assertThat(failure(() -> storage.delete(ALL, OLD, node)).reason()).isEqualTo(Reason.IN_USE);
        assertThat(c.names()).containsExactly("vmsnap-old");
        assertThat(List.of(a, b)).as("what can be deleted").allSatisfy(i -> assertThat(i.names())
                .isEmpty());
    }

    @Test
    void noWriteIgnoresTheLockOfTheImage() {
        storage.cut(ALL, NEW, node);
        storage.restore(ALL, OLD, node);
        storage.delete(ALL, OLD, node);
        storage.reclaim(ALL, node);

        assertThat(node.images.commands)
                .allSatisfy(command -> assertThat(command).doesNotContain("-U"));
    }

    @Test
    void theImagesOfAnActiveVmAreTheHypervisors() {
        ALL.forEach(node::has);
        for (PowerState active : List.of(PowerState.RUNNING, PowerState.PAUSED, PowerState.OTHER)) {
            node.power = active;

            assertThat(failure(() -> storage.cut(ALL, NEW, node)).reason()).isEqualTo(Reason.IN_USE);
            assertThat(failure(() -> storage.restore(ALL, OLD, node)).reason()).isEqualTo(Reason.IN_USE);
            assertThat(failure(() -> storage.delete(ALL, OLD, node)).reason()).isEqualTo(Reason.IN_USE);
            assertThat(failure(() -> storage.reclaim(ALL, node)).reason()).isEqualTo(Reason.IN_USE);
        }
        assertThat(node.images.commands).isEmpty();
    }

    @Test
    void anImageThatCannotHoldSnapshotsIsNotCut() {
        b.dataFile = Optional.of("/guests/d.raw");
        assertThat(failure(() -> storage.cut(ALL, NEW, node))).hasMessageContaining("another file");
        b.dataFile = Optional.empty();
        b.encrypted = true;
        assertThat(failure(() -> storage.cut(ALL, NEW, node))).hasMessageContaining("encrypted");
        b.encrypted = false;
        b.corrupt = true;
        assertThat(failure(() -> storage.cut(ALL, NEW, node))).hasMessageContaining("corrupt");
        assertThat(failure(() -> storage.cut(List.of(FakeNode.raw("vda", "/guests/a")), NEW, node)))
                .hasMessageContaining("not a qcow2 image");

        assertThat(node.images.writes()).isEmpty();
    }

    @Test
    void aRestoreAppliesTheSnapshotInEveryImageAndKeepsIt() {
        storage.restore(ALL, OLD, node);

        assertThat(node.images.writes())
                .containsExactly("snapshot-a /guests/a", "snapshot-a /guests/b", "snapshot-a /guests/c");
        assertThat(a.names()).containsExactly("vmsnap-old");
    }

    @Test
    void aRestoreTouchesNothingWhenOneImageHasNotTheSnapshot() {
        c.snapshots.clear();

        assertThat(failure(() -> storage.restore(ALL, OLD, node)).reason()).isEqualTo(Reason.MISSING);

        assertThat(node.images.writes()).isEmpty();
    }

    @Test
    void aRestoreTouchesNothingWhenOneImageHasTheNameTwice() {
        c.hold(OLD, 0);

        assertThat(failure(() -> storage.restore(ALL, OLD, node))).hasMessageContaining("2 snapshots");

        assertThat(node.images.writes()).isEmpty();
    }

    @Test
    void aRestoreTouchesNothingWhenOneImageHasDirtyBitmaps() {
        c.bitmaps.add("backup");

        assertThat(failure(() -> storage.restore(ALL, OLD, node))).hasMessageContaining("dirty bitmaps");

        assertThat(node.images.writes()).isEmpty();
    }

    @Test
    void aDeleteTakesTheSnapshotOutOfEveryImage() {
        storage.delete(ALL, OLD, node);

        assertThat(List.of(a, b, c)).allSatisfy(i -> assertThat(i.names()).isEmpty());
    }

    @Test
    void aDeleteAskedAgainSucceedsAndWritesNothing() {
        storage.delete(ALL, OLD, node);
        int writes = node.images.writes().size();

        storage.delete(ALL, OLD, node);

        assertThat(node.images.writes()).hasSize(writes);
    }

    @Test
    void aNameThatIsThereTwiceIsDeletedTwice() {
        a.hold(OLD, 0);

        storage.delete(ALL, OLD, node);

        assertThat(a.names()).isEmpty();
    }

    @Test
    void aDiskThatTheActiveVmHasNoMoreIsDeletedFrom() {
        node.power = PowerState.RUNNING;
        node.has(A);

        storage.delete(List.of(B, C), OLD, node);

        assertThat(List.of(b, c)).allSatisfy(i -> assertThat(i.names()).isEmpty());
        assertThat(a.names()).containsExactly("vmsnap-old");
    }

    @Test
    void anImageThatIsMissingCountsAsDeletedOnlyWithProof() {
        node.images.files.remove("/guests/b");

        assertThat(failure(() -> storage.delete(ALL, OLD, node)).reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(failure(() -> storage.reclaim(ALL, node)).reason()).isEqualTo(Reason.UNREACHABLE);

        storage.delete(List.of(B.at("fsid:5f")), OLD, node);
        assertThat(failure(() -> storage.delete(List.of(B.at("fsid:60")), OLD, node))
                        .reason())
                .isEqualTo(Reason.UNREACHABLE);
    }

    @Test
    void anotherImageAtThePathOnAnotherStorageIsNeitherChangedNorProof() {
        Volume elsewhere = B.at("fsid:60");
        b.snapshots.clear();
        b.leaks = 4;
        int writes = node.images.writes().size();

        assertThat(failure(() -> storage.delete(List.of(elsewhere), OLD, node)).reason())
                .isEqualTo(Reason.UNREACHABLE);
        assertThat(failure(() -> storage.reclaim(List.of(elsewhere), node)).reason())
                .isEqualTo(Reason.UNREACHABLE);
        assertThat(node.images.writes()).hasSize(writes);
    }

    @Test
    void whatIsNoFileIsNeverOpened() {
        node.images.odd.put("/guests/b", "ok 11a4 0 1000 rw");

        assertThat(failure(() -> storage.delete(ALL, OLD, node))).hasMessageContaining("neither a regular file");
        assertThat(failure(() -> storage.cut(ALL, NEW, node))).hasMessageContaining("neither a regular file");

        assertThat(node.images.commands)
                .filteredOn(command -> !FakeImages.isStatus(command))
                .noneMatch(command -> String.join(" ", command).contains("/guests/b"));
    }

    @Test
    void aDeleteThatFailedInWordsOnlyIsASuccess() {
        node.images.failAfter(tool -> tool.contains("-d"), "Input/output error");

        storage.delete(ALL, OLD, node);

        assertThat(List.of(a, b, c)).allSatisfy(i -> assertThat(i.names()).isEmpty());
    }

    @Test
    void anImageThatIsGoneHasNothingToDelete() {
        node.images.records.add(FakeNode.VM + ".test-store.json");
        node.images.files.remove("/guests/b");

        storage.delete(ALL, OLD, node);
        storage.reclaim(ALL, node);

        assertThat(List.of(a, c)).allSatisfy(i -> assertThat(i.names()).isEmpty());
    }

    @Test
    void aDeleteGoesOnBehindAnImageThatFails() {
        node.images.failWhen(
                tool -> tool.contains("snapshot")
                        && tool.contains("-d")
                        && FakeImages.path(tool.get(4)).equals("/guests/a"),
                "stuck");

        assertThat(failure(() -> storage.delete(ALL, OLD, node))).hasMessageContaining("stuck");

        assertThat(a.names()).containsExactly("vmsnap-old");
        assertThat(List.of(b, c)).allSatisfy(i -> assertThat(i.names()).isEmpty());
    }

    @Test
    void deletingASnapshotWithRamLetsGoOfTheRamThatARestoreLeft() {
        a.snapshots.clear();
        a.hold(OLD, 1 << 20);
        a.bytes = FakeImages.Image.header(1L << 30, 3);
        ByteBuffer.wrap(a.bytes).putLong((1 << 16) + 16, 2 << 16);

        storage.delete(ALL, OLD, node);

        assertThat(node.images.writes())
                .containsSubsequence("snapshot-d /guests/a", "zero /guests/a", "check-r /guests/a");
        assertThat(ByteBuffer.wrap(a.bytes).getLong((1 << 16) + 16)).isZero();
    }

    @Test
    void deletingWhatNeverCameToBeLetsGoOfTheRamThatItLeft() {
        a.bytes = FakeImages.Image.header(1L << 30, 3);
        ByteBuffer.wrap(a.bytes).putLong((1 << 16) + 16, 2 << 16);

        storage.delete(ALL, NEW, node);

        assertThat(node.images.writes()).containsExactly("zero /guests/a", "check-r /guests/a");
    }

    @Test
    void deletingASnapshotWithoutRamReadsNoTables() {
        storage.delete(ALL, OLD, node);

        assertThat(node.images.commands).noneMatch(FakeImages::isRead);
    }

    private static DriverException failure(ThrowingCallable call) {
        DriverException failure = catchThrowableOfType(DriverException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }
}
