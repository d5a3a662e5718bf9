package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.NodeFiles;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CopiesTest {
    private static final SnapshotId ID = SnapshotId.of("s1");
    private static final Volume A = FakeNode.volume("vda", "/guests/a");
    private static final Volume B = FakeNode.volume("vdb", "/guests/b");
    private static final List<Volume> BOTH = List.of(A, B);
    private static final Map<String, String> PLACES = Map.of("vda", "/copies/a", "vdb", "/copies/b");
    private static final String HIDDEN_A = "/copies/.vmsnap-s1-vda";

    private final FakeNode node = new FakeNode();
    private final ImageVolumes storage = new ImageVolumes(Duration.ofMinutes(30), Clock.systemUTC());
    private FakeImages.Image a;
    private FakeImages.Image b;

    @BeforeEach
    void twoImagesOfAVmThatRuns() {
        node.power = PowerState.RUNNING;
        a = node.images.add("/guests/a");
        b = node.images.add("/guests/b");
        List.of(a, b).forEach(image -> image.hold(ID, 0));
    }

    @Test
    void copiesAreHiddenThenHaveTheirNamesAndThenAreTheHosts() {
        storage.copy(BOTH, ID, PLACES, node);
        assertThat(node.images.files.keySet())
                .containsExactlyInAnyOrder("/guests/a", "/guests/b", HIDDEN_A, "/copies/.vmsnap-s1-vdb");

        storage.reveal(BOTH, ID, PLACES, node);
        storage.reveal(BOTH, ID, PLACES, node);
        assertThat(node.images.files).containsKeys("/copies/a", "/copies/b", HIDDEN_A);

        storage.handOver(BOTH, ID, PLACES, node);
        storage.handOver(BOTH, ID, PLACES, node);
        storage.discard(BOTH, ID, PLACES, node);
        assertThat(node.images.files.keySet())
                .containsExactlyInAnyOrder("/guests/a", "/guests/b", "/copies/a", "/copies/b");
        assertThat(node.images.writes()).isEmpty();
    }

    @Test
    void aCopyIsOfTheSnapshotAndFlushed() {
        storage.copy(List.of(A), ID, PLACES, node);

        assertThat(node.images.commands)
                .anySatisfy(c -> assertThat(c)
                        .startsWith("qemu-img", "convert", "-p", "-U", "-t", "writeback", "-O", "qcow2")
                        .containsSequence("-l", "snapshot.name=vmsnap-s1")
                        .endsWith(new ImageNode("/guests/a").qcow2(), HIDDEN_A))
                .anySatisfy(c -> assertThat(c).containsExactly("sync", "--", HIDDEN_A));
        assertThat(node.small).containsKey(HIDDEN_A);
    }

    @Test
    void progressCountsWhatThereIsToCopy() {
        a.required = 3 << 20;

        storage.copy(BOTH, ID, PLACES, node);

        assertThat(node.progress).containsExactly(0.0, 0.375, 0.75, 0.75, 0.75 + 0.125, 1.0);
    }

    @Test
    void whoeverCancelsEndsTheCopying() {
        node.looksUntilCancelled = 2;

        assertThatThrownBy(() -> storage.copy(BOTH, ID, PLACES, node)).isInstanceOf(CancelledException.class);

        storage.discard(BOTH, ID, PLACES, node);
        assertThat(node.images.files.keySet()).containsExactlyInAnyOrder("/guests/a", "/guests/b");
        assertThat(node.small).isEmpty();
    }

    @Test
    void whatHasItsNameAlreadyIsTakenAwayToo() {
        storage.copy(BOTH, ID, PLACES, node);
        storage.reveal(List.of(A), ID, PLACES, node);

        storage.discard(BOTH, ID, PLACES, node);
        storage.discard(BOTH, ID, PLACES, node);

        assertThat(node.images.files.keySet()).containsExactlyInAnyOrder("/guests/a", "/guests/b");
    }

    @Test
    void whatSomebodyElseHasPutThereStays() {
        storage.copy(BOTH, ID, PLACES, node);
        FakeImages.Image theirs = node.images.add("/copies/b");

        assertFails(() -> storage.reveal(BOTH, ID, PLACES, node), Reason.IN_USE);
        storage.discard(BOTH, ID, PLACES, node);

        assertThat(node.images.files.keySet()).containsExactlyInAnyOrder("/guests/a", "/guests/b", "/copies/b");
        assertThat(node.images.files.get("/copies/b")).isSameAs(theirs);
    }

    @Test
    void askedAgainItBeginsAnew() {
        storage.copy(BOTH, ID, PLACES, node);
        FakeImages.Image first = node.images.files.get(HIDDEN_A);

        storage.copy(BOTH, ID, PLACES, node);

        assertThat(node.images.files.get(HIDDEN_A)).isNotSameAs(first);
    }

    @Test
    void withoutRoomNothingIsWritten() {
        a.required = 6L << 30;
        b.required = 3L << 30;

        assertFails(() -> storage.copy(BOTH, ID, PLACES, node), Reason.NO_SPACE);

        assertThat(node.small).isEmpty();
        assertThat(objections(Optional.of(ID), PLACES))
                .singleElement()
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(Code.NO_SPACE))
                .satisfies(refusal -> assertThat(refusal.data())
                        .isEqualTo(Map.of(
                                "store", "/guests", "needed", Long.toString(9L << 30), "free", "" + (1L << 33))));
    }

    @Test
    void aFullDiskIsNamed() {
        node.images.failWhen(
                tool -> tool.contains("convert"), "qemu-img: error while writing at byte 0: No space left on device");

        assertFails(() -> storage.copy(BOTH, ID, PLACES, node), Reason.NO_SPACE);
    }

    @Test
    void aCopyThatIsNotWhatItShouldBeIsNotBelieved() {
        a.copiesBadly = true;

        assertFails(() -> storage.copy(BOTH, ID, PLACES, node), Reason.BROKEN);
    }

    @Test
    void aSnapshotThatIsNotThereOrTwiceIsNotCopied() {
        a.snapshots.clear();
        assertFails(() -> storage.copy(BOTH, ID, PLACES, node), Reason.MISSING);
        a.hold(ID, 0);
        a.hold(ID, 0);
        assertFails(() -> storage.copy(BOTH, ID, PLACES, node), Reason.BROKEN);
    }

    @Test
    void aDiskThatWasResizedSinceIsRefused() {
        Volume then = A.withVirtualBytes(1 << 20);

        assertThat(storage.objectionsTo(List.of(then), Optional.of(ID), PLACES, place -> true, node))
                .singleElement()
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(Code.CLONE_UNSUPPORTED));
        assertFails(() -> storage.copy(List.of(then), ID, PLACES, node), Reason.BROKEN);
    }

    @Test
    void whatTheImageIsBasedOnIsReadInTheFormatThatIsStated() {
        a.backing = Optional.of("/base/middle");
        a.backingFormat = Optional.of("qcow2");
        FakeImages.Image middle = node.images.add("/base/middle");
        middle.backing = Optional.of("/base/bottom");
        middle.backingFormat = Optional.of("raw");
        node.images.add("/base/bottom");
        node.power = PowerState.OFF;
        node.has(A, "/base/middle");

        storage.copy(List.of(A), ID, PLACES, node);

        String argument = new ImageNode("/base/middle")
                .qcow2On(new ImageNode(LayerDescriptors.path(0)).bytes())
                .toString();
        assertThat(node.images.commands)
                .filteredOn(c -> c.contains("convert"))
                .singleElement()
                .satisfies(c -> assertThat(c.get(c.size() - 2)).contains("\"backing\":" + argument));
    }

    @Test
    void aLayerThatIsNoFileOrKeepsItsDataElsewhereIsNeitherOpenedNorCopied() {
        a.backing = Optional.of("/base/x");
        a.backingFormat = Optional.of("raw");
        node.images.odd.put("/base/x", "ok 11a4 0 1000 rw");
        assertThat(objections(Optional.empty(), PLACES))
                .extracting(Refusal::code)
                .containsExactly(Code.CLONE_UNSUPPORTED);

        a.backingFormat = Optional.of("qcow2");
        node.images.odd.clear();
        node.images.add("/base/x").dataFile = Optional.of("/etc/shadow");
        assertThat(objections(Optional.empty(), PLACES))
                .extracting(Refusal::message)
                .singleElement()
                .asString()
                .contains("/base/x, which keeps its data in an external file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "vmdk"})
    void whatIsBasedOnSomethingElseIsRefused(String format) {
        a.backing = Optional.of("/base/x");
        a.backingFormat = Optional.of(format).filter(f -> !f.isEmpty());

        assertThat(objections(Optional.empty(), PLACES))
                .extracting(Refusal::code)
                .containsExactly(Code.CLONE_UNSUPPORTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "relative", "/copies/", "/copies/..", "/copies/.vmsnap", "/copies/.vmsnap-s1-vda", "/a\0b"})
    void noFileCanHaveSuchAPath(String place) {
        assertThat(objections(Optional.empty(), Map.of("vda", place, "vdb", "/copies/b")))
                .extracting(Refusal::code)
                .containsExactly(Code.DESTINATION_INVALID);
        assertThatThrownBy(() -> CopyPlace.of(A, ID, Map.of("vda", place)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aPlaceMustBeFreeAndOnThisKindOfStorage() {
        node.images.add("/copies/a");

        assertThat(objections(Optional.empty(), PLACES))
                .extracting(Refusal::code)
                .containsExactly(Code.DESTINATION_INVALID);
        assertThat(storage.objectionsTo(BOTH, Optional.empty(), PLACES, place -> false, node))
                .extracting(Refusal::code)
                .containsExactly(Code.DESTINATION_INVALID, Code.DESTINATION_INVALID);
    }

    @Test
    void aTargetThatCouldBePartOfAPathIsNot() {
        Volume odd = FakeNode.volume("../v/da", "/guests/a");

        assertThat(CopyPlace.of(odd, ID, Map.of("../v/da", "/x")).hidden()).matches("/\\.vmsnap-s1-x[0-9a-f]+");
    }

    @Test
    void withoutTheDirectoryThereIsNothingToTakeAway() {
        node.fileSystem = Optional.empty();

        storage.discard(BOTH, ID, PLACES, node);
        assertFails(() -> storage.copy(BOTH, ID, PLACES, node), Reason.MISSING);

        node.fileSystem = Optional.of(new NodeFiles.FileSystem("/guests", "ext4", 1L << 33));
    }

    @Test
    void volumesAreTakenOverWhenTheyAreThereAndNobodyHasThemOpen() {
        node.power = PowerState.OFF;
        storage.release(BOTH, node);
        storage.adopt(BOTH, node);

        node.images.files.remove("/guests/b");
        assertFails(() -> storage.release(BOTH, node), Reason.UNREACHABLE);
        node.images.records.add(FakeNode.VM + ".test-store.json");
        storage.release(BOTH, node);
        assertFails(() -> storage.adopt(BOTH, node), Reason.MISSING);

        node.images.failWhen(tool -> tool.contains("info"), "Failed to get shared \"write\" lock");
        assertFails(() -> storage.adopt(BOTH, node), Reason.IN_USE);
        assertFails(() -> storage.release(BOTH, node), Reason.IN_USE);

        node.power = PowerState.RUNNING;
        assertFails(() -> storage.release(BOTH, node), Reason.IN_USE);
    }

    private List<Refusal> objections(Optional<SnapshotId> id, Map<String, String> places) {
        return storage.objectionsTo(BOTH, id, places, place -> true, node);
    }

    private static void assertFails(ThrowingCallable action, Reason reason) {
        assertThatThrownBy(action).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
    }
}
