package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.spi.VolumeState.Part;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class InspectionTest {
    private static final Volume VOLUME = FakeNode.volume("vda", "/guests/a");

    private final FakeNode node = new FakeNode();
    private final ImageVolumes storage = new ImageVolumes(Duration.ofMinutes(30), Clock.systemUTC());
    private FakeImages.Image image;

    @BeforeEach
    void anImage() {
        node.has(VOLUME);
        image = node.images.add("/guests/a");
    }

    @Test
    void aSoundImageHasNoObjections() {
        image.hold(SnapshotId.of("s1"), 0);
        image.hold(SnapshotId.of("s2"), 4096);

        VolumeState.Seen state = inspect(VOLUME);

        assertThat(state.objections()).isEmpty();
        assertThat(state.notices()).isEmpty();
        assertThat(state.volume())
                .isEqualTo(VOLUME.withVirtualBytes(1L << 30).at("fsid:5f").on(Chain.NONE));
        assertThat(state.store()).isEqualTo("/guests");
        assertThat(state.freeBytes()).isEqualTo(1L << 33);
        assertThat(state.neededBytes()).isPositive();
        assertThat(state.snapshots())
                .isEqualTo(Map.of(SnapshotId.of("s1"), Part.whole(0), SnapshotId.of("s2"), Part.whole(4096)));
        assertThat(state.leakedBytes()).isZero();
    }

    @Test
    void lookingStatesTheFormat() {
        inspect(VOLUME);

        assertThat(node.images.commands)
                .filteredOn(command -> !FakeImages.isStatus(command))
                .isNotEmpty()
                .allSatisfy(
                        command -> assertThat(command.get(command.size() - 1)).startsWith("json:{\"driver\":"));
    }

    @Test
    void aRawFileIsNeverOpened() {
        VolumeState.Seen state = inspect(FakeNode.raw("vda", "/guests/a"));

        assertThat(codes(state, Verb.CREATE)).containsExactly(Refusal.Code.FORMAT_UNSUPPORTED);
        assertThat(state.objectionsTo(Verb.CREATE).get(0).remedy()).contains("qemu-img convert -O qcow2");
        assertThat(state.objectionsTo(Verb.DELETE)).isEmpty();
        assertThat(node.images.commands).isEmpty();
    }

    @Test
    void whatCannotWorkIsRefusedBeforeAnythingHappens() {
        image.corrupt = true;
        assertThat(codes(inspect(VOLUME), Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        image.corrupt = false;
        image.encrypted = true;
        assertThat(codes(inspect(VOLUME), Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        image.encrypted = false;
        image.dataFile = Optional.of("/guests/d");
        assertThat(codes(inspect(VOLUME), Verb.CREATE)).containsExactly(Refusal.Code.FORMAT_UNSUPPORTED);
        image.dataFile = Optional.empty();
        image.format = "raw";
        assertThat(codes(inspect(VOLUME), Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
    }

    @Test
    void narrowReferenceCountersHoldOnlySoManySnapshots() {
        image.refcountBits = 2;
        image.hold(SnapshotId.of("s1"), 0);
        assertThat(codes(inspect(VOLUME), Verb.CREATE)).isEmpty();

        image.hold(SnapshotId.of("s2"), 0);
        assertThat(codes(inspect(VOLUME), Verb.CREATE)).containsExactly(Refusal.Code.FORMAT_UNSUPPORTED);
        assertThat(codes(inspect(VOLUME), Verb.RESTORE)).isEmpty();

        image.snapshots.clear();
        image.refcountBits = 1;
        assertThat(codes(inspect(VOLUME), Verb.CREATE)).containsExactly(Refusal.Code.FORMAT_UNSUPPORTED);
        image.refcountBits = 64;
        assertThat(codes(inspect(VOLUME), Verb.CREATE)).isEmpty();
    }

    @Test
    void dirtyBitmapsForbidARestoreAndWarnOnCreate() {
        image.bitmaps.add("backup");

        VolumeState.Seen state = inspect(VOLUME);

        assertThat(codes(state, Verb.RESTORE)).containsExactly(Refusal.Code.DIRTY_BITMAPS);
        assertThat(codes(state, Verb.CREATE)).isEmpty();
        assertThat(state.notices()).extracting(Verdict.Notice::code).containsExactly(Verdict.Notice.Code.DIRTY_BITMAPS);
    }

    @Test
    void snapshotsOfOthersAreSaidAndLeftAlone() {
        image.snapshots.add(new ImageInfo.Entry("by hand", 0));
        image.snapshots.add(new ImageInfo.Entry("vmsnap-NOT AN ID", 0));

        VolumeState.Seen state = inspect(VOLUME);

        assertThat(state.foreign()).containsExactly("by hand", "vmsnap-NOT AN ID");
        assertThat(state.snapshots()).isEmpty();
        assertThat(state.notices())
                .extracting(Verdict.Notice::code)
                .containsExactly(Verdict.Notice.Code.FOREIGN_SNAPSHOTS);
    }

    @Test
    void aNameOfOursThatIsThereTwiceIsNoWholeSnapshot() {
        image.hold(SnapshotId.of("s1"), 0);
        image.hold(SnapshotId.of("s2"), 0);
        image.hold(SnapshotId.of("s1"), 0);

        VolumeState.Seen state = inspect(VOLUME);

        assertThat(state.snapshots()).containsOnlyKeys(SnapshotId.of("s2"));
        assertThat(state.notices()).singleElement().satisfies(notice -> assertThat(notice.message())
                .contains("vmsnap-s1"));
    }

    @Test
    void ramThatAFailedSnapshotLeftIsLeakedBytes() {
        image.bytes = FakeImages.Image.header(1L << 30, 3);
        ByteBuffer.wrap(image.bytes).putLong((1 << 16) + 16, 1L << 63 | 2 << 16);
        ByteBuffer.wrap(image.bytes).putLong(2 << 16, 1L << 63 | 3 << 16);

        assertThat(examine().leakedBytes()).isEqualTo(2 << 16);
    }

    @Test
    void tablesThatCannotBeReadLeakNothingThatIsKnown() {
        node.images.failWhen(FakeImages::isRead, "no such thing");

        assertThat(examine().leakedBytes()).isZero();
    }

    @Test
    void whoLooksCloselyIsToldWhatSnapshotsTake() {
        drawTwoSnapshots();

        VolumeState.Seen state = examine();

        assertThat(state.snapshots())
                .isEqualTo(Map.of(
                        SnapshotId.of("s1"),
                        new Part(
                                77,
                                OptionalLong.of(3 * 512),
                                OptionalLong.of(3 * 512),
                                OptionalLong.empty(),
                                Optional.empty())));
        assertThat(state.snapshotBytes()).as("somebody else's too").hasValue(5 * 512);
        assertThat(inspect(VOLUME).snapshotBytes()).isEmpty();
        assertThat(inspect(VOLUME).snapshots()).isEqualTo(Map.of(SnapshotId.of("s1"), Part.whole(77)));
    }

    @Test
    void whatSnapshotsTakeIsToldOfAnActiveVmToo() {
        drawTwoSnapshots();
        activeWithSnapshot();

        VolumeState.Seen state = examine();

        assertThat(state.snapshots().get(SnapshotId.of("s1")).freedBytes()).hasValue(3 * 512);
        assertThat(state.snapshotBytes()).hasValue(5 * 512);
    }

    @Test
    void anImageWithoutSnapshotsTakesNothingForThem() {
        assertThat(inspect(VOLUME).snapshotBytes()).hasValue(0);
    }

    @Test
    void tablesThatCannotBeReadAreNoReasonNotToLook() {
        drawTwoSnapshots();
        node.images.failWhen(FakeImages::isRead, "dd: error reading '/guests/a': Input/output error");

        VolumeState.Seen state = examine();

        assertThat(state.objections()).isEmpty();
        assertThat(state.snapshots()).isEqualTo(Map.of(SnapshotId.of("s1"), Part.whole(77)));
        assertThat(state.snapshotBytes()).isEmpty();
    }

    private void drawTwoSnapshots() {
        DrawnImage drawn = new DrawnImage();
        drawn.active(drawn.state(Map.of()));
        drawn.snapshots(
                new DrawnImage.Saved("vmsnap-s1", drawn.state(Map.of(0, drawn.cluster()))),
                new DrawnImage.Saved("by hand", drawn.state(Map.of())));
        image.bytes = drawn.file();
        image.hold(SnapshotId.of("s1"), 77);
        image.snapshots.add(new ImageInfo.Entry("by hand", 0));
    }

    private void activeWithSnapshot() {
        node.power = PowerState.RUNNING;
        node.seenByHypervisor.add(new ImageInfo(
                "vda",
                "qcow2",
                1 << 20,
                1 << 16,
                1 << 16,
                List.of(new ImageInfo.Entry("vmsnap-s1", 77)),
                List.of(),
                Chain.NONE,
                false,
                false,
                16,
                Optional.empty(),
                Optional.empty()));
    }

    private VolumeState.Seen examine() {
        return storage.examine(List.of(VOLUME), node).get(0).asSeen().orElseThrow();
    }

    private VolumeState.Seen inspect(Volume volume) {
        return state(volume).asSeen().orElseThrow();
    }

    private VolumeState state(Volume volume) {
        List<VolumeState> states = storage.inspect(List.of(volume), node);
        assertThat(states).hasSize(1);
        return states.get(0);
    }

    private static List<Refusal.Code> codes(VolumeState state, Verb verb) {
        return state.objectionsTo(verb).stream().map(Refusal::code).toList();
    }
}
