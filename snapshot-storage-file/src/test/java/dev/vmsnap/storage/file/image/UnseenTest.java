package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.Volume.Chain.Layer;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VolumeState;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When a volume is seen, when it is absent, and when nothing is known of it. */
final class UnseenTest {
    private static final Volume VOLUME = FakeNode.volume("vda", "/guests/a");
    private static final Volume DETACHED = FakeNode.volume("vda", "/guests/b");

    private final FakeNode node = new FakeNode();
    private final ImageVolumes storage = new ImageVolumes(Duration.ofMinutes(30), Clock.systemUTC());
    private FakeImages.Image image;

    @BeforeEach
    void anImage() {
        image = node.images.add("/guests/a");
        node.has(VOLUME);
    }

    @Test
    void anImageThatIsMissingBesideItsRecordsIsAbsent() {
        node.images.files.clear();
        for (String name : List.of(FakeNode.VM + ".json", FakeNode.VM + ".test-store.json")) {
            node.images.records.clear();
            node.images.records.add(name);

            VolumeState state = inspect(VOLUME);

            assertThat(state).isInstanceOf(VolumeState.Absent.class);
            assertThat(codes(state, Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
            assertThat(state.objectionsTo(Verb.CREATE).get(0).message()).contains("No such file or directory");
            assertThat(codes(state, Verb.DELETE)).isEmpty();
        }
    }

    @Test
    void anImageThatIsMissingWithItsRecordsMayBeNotMounted() {
        node.images.files.clear();
        node.images.records.add(FakeNode.VM + ".other-store.json");

        assertUnknown(VOLUME, Refusal.Code.STORAGE_AWAY, "probably not mounted");
        node.images.fileSystem = Optional.empty();
        assertUnknown(VOLUME.at("fsid:5f"), Refusal.Code.STORAGE_AWAY, "probably not mounted");
    }

    @Test
    void theFileSystemThatIsRememberedIsProofToo() {
        node.images.files.clear();

        assertThat(inspect(VOLUME.at("fsid:5f"))).isInstanceOf(VolumeState.Absent.class);
        node.images.records.add(FakeNode.VM + ".test-store.json");
        assertUnknown(VOLUME.at("fsid:60"), Refusal.Code.STORAGE_AWAY, "another storage");
    }

    @Test
    void anImageOnAnotherStorageIsSeenOnlyIfItHoldsOurSnapshots() {
        assertUnknown(VOLUME.at("fsid:60"), Refusal.Code.STORAGE_AWAY, "fsid:60");
        assertUnknown(VOLUME.at("nas:/export/a"), Refusal.Code.STORAGE_AWAY, "nas:/export/a");
        assertUnknown(VOLUME.at("uuid:12-34"), Refusal.Code.STORAGE_AWAY, "uuid:12-34");
        node.images.records.add(FakeNode.VM + ".test-store.json");
        assertThat(inspect(VOLUME.at("uuid:12-34")))
                .as("another kind of name, beside our records")
                .isInstanceOf(VolumeState.Seen.class);

        image.hold(SnapshotId.of("s1"), 0);

        assertThat(inspect(VOLUME.at("fsid:60")).volume().location()).contains("fsid:5f");
    }

    @Test
    void anOldCopyOnAFileSystemWithoutAnIdentityIsNotTheImageThatItWas() {
        node.images.fileSystem = Optional.of("tmpfs 0");

        assertUnknown(VOLUME.at("fsid:5f"), Refusal.Code.STORAGE_AWAY, "another storage");
        assertThat(inspect(VOLUME)).as("a first snapshot").isInstanceOf(VolumeState.Seen.class);
        image.hold(SnapshotId.of("s1"), 0);
        assertThat(inspect(VOLUME.at("fsid:5f")))
                .as("the image with its snapshots")
                .isInstanceOf(VolumeState.Seen.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "qemu-img: Could not open 'x': Failed to lock byte 100: No locks available",
                "qemu-img: error while loading shared libraries: libglib-2.0.so.0: cannot open shared object file:"
                        + " No such file or directory",
                "Cannot allocate memory",
                ""
            })
    void aToolThatFailsProvesNothing(String said) {
        node.images.records.add(FakeNode.VM + ".test-store.json");
        node.images.failWhen(tool -> tool.contains("info"), said);

        assertUnknown(VOLUME, Refusal.Code.IMAGE_UNUSABLE, "could not be inspected");
    }

    @Test
    void aToolThatPrintsNothingOrIsNotThereProvesNothing() {
        for (Commands.Result result : List.of(
                new Commands.Result(0, "", ""), new Commands.Result(0, "{", ""), new Commands.Result(0, "[]", ""))) {
            node.tools = Optional.of(answering("qemu-img", result));
            assertUnknown(VOLUME, Refusal.Code.IMAGE_UNUSABLE, "cannot be read");
        }
        node.tools = Optional.of(answering("qemu-img", new Commands.Result(127, "", "not found")));
        assertUnknown(VOLUME, Refusal.Code.DRIVER_REFUSED, "not found");
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"UNREACHABLE", "TIMEOUT", "DENIED", "TOOL_MISSING", "MISSING", "BROKEN"})
    void aNodeThatFailsProvesNothing(Reason reason) {
        for (String program : List.of("qemu-img", "sh")) {
            node.tools = Optional.of(command -> {
                if (FakeImages.tool(command.arguments()).get(0).equals(program)) {
                    throw new DriverException("node", reason, "no answer");
                }
                return node.images.run(command);
            });

            assertThat(inspect(VOLUME)).isInstanceOf(VolumeState.Unknown.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"no Permission denied", "no a symbolic link that leads nowhere", "no Stale file handle"})
    void aPathThatCannotBeFollowedProvesNothing(String line) {
        node.images.records.add(FakeNode.VM + ".test-store.json");
        node.images.odd.put("/guests/a", line);

        assertUnknown(VOLUME, Refusal.Code.STORAGE_AWAY, line.substring(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"11a4", "41ed", "c1ed", "2190"})
    void whatIsNoFileIsNeverOpened(String mode) {
        node.images.odd.put("/guests/a", "ok " + mode + " 0 1000 rw");

        assertUnknown(VOLUME, Refusal.Code.IMAGE_UNUSABLE, "neither a regular file nor a block device");

        assertThat(node.images.commands).allMatch(FakeImages::isStatus);
    }

    @Test
    void noCommandOfAnInspectionTakesLongerThanTheDeadline() {
        List<Duration> limits = new ArrayList<>();
        node.tools = Optional.of(command -> {
            limits.add(command.timeout());
            if (FakeImages.tool(command.arguments()).get(0).equals("qemu-img")) {
                throw new DriverException("node", Reason.TIMEOUT, "too long");
            }
            return node.images.run(command);
        });
        node.images.add("/guests/b");

        List<VolumeState> states = storage.withDeadline(Duration.ofSeconds(3)).inspect(List.of(VOLUME, DETACHED), node);

        assertThat(states).allMatch(VolumeState::isUnknown);
        assertThat(limits)
                .as("paths, surroundings, and an image each")
                .containsExactly(
                        Duration.ofSeconds(3), Duration.ofSeconds(3), Duration.ofSeconds(3), Duration.ofSeconds(1));
    }

    @Test
    void ofAnActiveVmTheHypervisorTellsAndNoImageIsOpened() {
        active();

        VolumeState.Seen state = inspect(VOLUME).asSeen().orElseThrow();

        assertThat(state.snapshots()).containsOnlyKeys(SnapshotId.of("s1"));
        assertThat(state.objections()).isEmpty();
        assertThat(state.volume().chain()).contains(Chain.NONE);
        assertThat(node.images.commands).allMatch(FakeImages::isStatus);
    }

    @Test
    void anImageThatTheHypervisorDoesNotReportIsUnknown() {
        active();
        node.seenByHypervisor.clear();
        assertUnknown(VOLUME, Refusal.Code.IMAGE_UNUSABLE, "does not report the image of disk vda");

        node.unreported = Optional.of(new DriverException("kvm", Reason.TIMEOUT, "QEMU is silent"));
        assertUnknown(VOLUME, Refusal.Code.STORAGE_AWAY, "QEMU is silent");
    }

    @Test
    void aDiskThatWasDetachedIsInspectedAsThatOfAVmThatIsOff() {
        active();
        node.images.add("/guests/b").hold(SnapshotId.of("s2"), 0);

        assertThat(inspect(DETACHED).asSeen().orElseThrow().snapshots()).containsOnlyKeys(SnapshotId.of("s2"));
    }

    @Test
    void aRunningVmIsNotStoppedForARestoreThatItsNodeHasNoToolFor() {
        active();
        node.images.lacksTool = true;

        VolumeState state = inspect(VOLUME);

        assertThat(codes(state, Verb.RESTORE)).containsExactly(Refusal.Code.DRIVER_REFUSED);
        assertThat(state.objectionsTo(Verb.RESTORE).get(0).message()).contains("qemu-img");
        assertThat(state.notices()).extracting(Notice::code).containsExactly(Notice.Code.NODE_LACKS);
        assertThat(codes(state, Verb.CREATE)).isEmpty();
        assertThat(codes(state, Verb.DELETE)).isEmpty();
    }

    @Test
    void aRunningVmIsNotStoppedForARestoreOfAnImageThatTheNodesUserMayNotWriteTo() {
        active();
        node.images.odd.put(VOLUME.source(), "ok 81a4 1000 1000 r");

        VolumeState state = inspect(VOLUME);

        assertThat(codes(state, Verb.RESTORE)).containsExactly(Refusal.Code.STORAGE_READ_ONLY);
        assertThat(codes(state, Verb.CREATE)).isEmpty();
        assertThat(codes(state, Verb.DELETE)).isEmpty();
    }

    @Test
    void anImageThatWasRemovedOrReplacedUnderTheVmIsNotCut() {
        active();
        node.images.files.clear();

        VolumeState removed = inspect(VOLUME);

        assertThat(codes(removed, Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThat(removed.notices()).extracting(Notice::code).containsExactly(Notice.Code.IMAGE_DETACHED);
        assertThat(codes(removed, Verb.DELETE)).isEmpty();

        anImage();
        report(Chain.NONE, Optional.of("QEMU has another file open"));
        assertThat(codes(inspect(VOLUME), Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
    }

    @Test
    void theLayersBelowAnImageAreReportedWithTheirIdentities() {
        image.backing = Optional.of("/base/middle");
        image.backingFormat = Optional.of("qcow2");
        FakeImages.Image middle = node.images.add("/base/middle");
        middle.virtualBytes = 1 << 20;
        middle.backing = Optional.of("/base/bottom");
        middle.backingFormat = Optional.of("raw");
        FakeImages.Image bottom = node.images.add("/base/bottom");
        bottom.bytes = new byte[1000];
        bottom.modified = 7;
        Chain chain = new Chain(List.of(
                new Layer("/base/middle", "qcow2", 1 << 20, middle.bytes.length + "@1000"),
                new Layer("/base/bottom", "raw", 1024, "1000@7")));

        assertThat(inspect(VOLUME).volume().chain()).contains(chain);

        node.power = PowerState.RUNNING;
        report(
                new Chain(List.of(
                        new Layer("/base/middle", "qcow2", 1 << 20, ""), new Layer("/base/bottom", "raw", 1024, ""))),
                Optional.empty());
        assertThat(inspect(VOLUME).volume().chain()).as("as while it was off").contains(chain);
    }

    @Test
    void aLayerThatIsMissingOrNoFileStandsAgainstARestoreAndIsNamed() {
        image.backing = Optional.of("/base/x");
        image.backingFormat = Optional.of("qcow2");
        assertLayer("/base/x, which is missing");

        node.images.odd.put("/base/x", "ok 11a4 0 1000 rw");
        assertLayer("/base/x, which is neither a regular file");
        assertThat(node.images.commands)
                .filteredOn(command -> !FakeImages.isStatus(command))
                .noneMatch(command -> String.join(" ", command).contains("/base/x"));

        active();
        node.seenByHypervisor.clear();
        report(new Chain(List.of(new Layer("/base/y", "qcow2", 1, ""))), Optional.empty());
        assertLayer("/base/y, which is missing");
    }

    @Test
    void anImageThatCannotBeWrittenToIsSaid() {
        node.images.odd.put("/guests/a", "ok 81a4 4096 1000 r");

        assertThat(codes(inspect(VOLUME), Verb.CREATE)).containsExactly(Refusal.Code.STORAGE_READ_ONLY);
        assertThat(codes(inspect(VOLUME), Verb.DELETE)).containsExactly(Refusal.Code.STORAGE_READ_ONLY);
    }

    @Test
    void recordsOfAnotherStoreAreNoticed() {
        node.images.records.add(FakeNode.VM + ".other-store.json");

        assertThat(inspect(VOLUME).notices()).extracting(Notice::code).containsExactly(Notice.Code.OTHER_STORE);
    }

    @Test
    void aPlaceOfRecordsThatIsRefusedIsNoticedOnFilesAndOnNetworkMounts() {
        node.images.refused = "/guests/.vmsnap is a symbolic link";

        for (ImageVolumes images : List.of(storage, storage.onNetwork())) {
            VolumeState state = images.inspect(List.of(VOLUME), node).get(0);
            assertThat(state.notices()).singleElement().satisfies(notice -> {
                assertThat(notice.code()).isEqualTo(Notice.Code.RECORDS_REFUSED);
                assertThat(notice.message()).contains("vda", "/guests/.vmsnap is a symbolic link");
            });
            assertThat(codes(state, Verb.CREATE)).isEmpty();
        }
    }

    @Test
    void clustersThatNothingUsesAreCountedForWhoLooksClosely() {
        image.leaks = 3;

        assertThat(storage.examine(List.of(VOLUME), node)
                        .get(0)
                        .asSeen()
                        .orElseThrow()
                        .leakedBytes())
                .isEqualTo(3 << 16);
        assertThat(inspect(VOLUME).asSeen().orElseThrow().leakedBytes()).isZero();
    }

    private void assertLayer(String flaw) {
        VolumeState state = inspect(VOLUME);
        assertThat(state.volume().chain()).isEmpty();
        assertThat(codes(state, Verb.RESTORE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThat(state.objectionsTo(Verb.RESTORE).get(0).message()).contains(flaw);
        assertThat(codes(state, Verb.DELETE)).isEmpty();
    }

    private void active() {
        node.power = PowerState.RUNNING;
        report(Chain.NONE, Optional.empty());
    }

    private void report(Chain chain, Optional<String> detached) {
        node.seenByHypervisor.clear();
        node.seenByHypervisor.add(new ImageInfo(
                "vda",
                "qcow2",
                1 << 20,
                1 << 16,
                1 << 16,
                List.of(new ImageInfo.Entry("vmsnap-s1", 77)),
                List.of(),
                chain,
                false,
                false,
                16,
                Optional.empty(),
                detached));
    }

    private Commands answering(String program, Commands.Result result) {
        return command ->
                FakeImages.tool(command.arguments()).get(0).equals(program) ? result : node.images.run(command);
    }

    private void assertUnknown(Volume volume, Refusal.Code code, String why) {
        VolumeState state = inspect(volume);
        assertThat(state).isInstanceOf(VolumeState.Unknown.class);
        for (Verb verb : Verb.values()) {
            assertThat(state.objectionsTo(verb)).singleElement().satisfies(refusal -> {
                assertThat(refusal.code()).isEqualTo(code);
                assertThat(refusal.message()).contains(why);
            });
        }
    }

    private VolumeState inspect(Volume volume) {
        return storage.inspect(List.of(volume), node).get(0);
    }

    private static List<Refusal.Code> codes(VolumeState state, Verb verb) {
        return state.objectionsTo(verb).stream().map(Refusal::code).toList();
    }
}
