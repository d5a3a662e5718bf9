package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers that only an image's header names are inspected and opened with the VM's rights. */
final class LayersOfOthersTest {
    private static final SnapshotId ID = SnapshotId.of("s1");
    private static final Volume VOLUME = FakeNode.volume("vda", "/guests/a");
    private static final Map<String, String> PLACES = Map.of("vda", "/copies/a");
    private static final String SECRET = "/root/secret";

    private final FakeNode node = new FakeNode();
    private final FakeImages guest = new FakeImages();
    private final ImageVolumes storage = new ImageVolumes(Duration.ofMinutes(30), Clock.systemUTC());
    private FakeImages.Image image;

    @BeforeEach
    void anImageWhoseHeaderNamesASecret() {
        image = node.images.add(VOLUME.source());
        image.hold(ID, 0);
        image.backing = Optional.of(SECRET);
        image.backingFormat = Optional.of("raw");
        node.images.add(SECRET);
        node.guest = Optional.of(guest);
        guest.odd.put(SECRET, "no Permission denied");
    }

    @ParameterizedTest
    @ValueSource(strings = {"no Permission denied", "ok 81a4 6 1000", "ok 81a4 6 1000 w", "ok 61b0 0 1000 rw"})
    void whatTheVmMayNotReadOrIsADeviceIsRefusedForEveryVerbThatNeedsIt(String status) {
        guest.odd.put(SECRET, status);

        VolumeState state = inspect();

        for (Verb verb : List.of(Verb.CREATE, Verb.RESTORE)) {
            assertThat(state.objectionsTo(verb)).singleElement().satisfies(refusal -> {
                assertThat(refusal.code()).isEqualTo(Refusal.Code.IMAGE_UNUSABLE);
                assertThat(refusal.message()).contains(SECRET, "does not state");
                assertThat(refusal.remedy()).contains("<backingStore>");
            });
        }
        assertThat(state.objectionsTo(Verb.DELETE)).isEmpty();
        assertThat(state.volume().chain()).isEmpty();
        assertThat(objections()).containsExactly(Refusal.Code.CLONE_UNSUPPORTED);
        assertThatThrownBy(() -> storage.copy(List.of(VOLUME), ID, PLACES, node))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED));
        assertThat(node.small).isEmpty();
        assertNodeNeverAskedFor(SECRET);
    }

    @Test
    void aCycleOfLayersIsNamedOnceEachWasInspected() {
        image.backingFormat = Optional.of("qcow2");
        guest.odd.clear();
        FakeImages.Image below = guest.add(SECRET);
        below.backing = Optional.of(VOLUME.source());
        below.backingFormat = Optional.of("qcow2");

        assertThat(inspect().objectionsTo(Verb.RESTORE))
                .singleElement()
                .satisfies(refusal -> assertThat(refusal.message()).contains(VOLUME.source(), "stands on itself"));
        assertThat(guest.commands)
                .filteredOn(command -> command.contains("info"))
                .hasSize(1);
    }

    @Test
    void theHeadersOfLayersAreReadWithTheVmsRightsToo() {
        image.backingFormat = Optional.of("qcow2");
        guest.odd.clear();
        guest.add(SECRET);

        assertThat(inspect().asSeen().orElseThrow().objections()).isEmpty();

        assertThat(guest.commands).anyMatch(command -> command.contains("info"));
        assertNodeNeverAskedFor(SECRET);
    }

    @Test
    void whatTheVmMayReadIsCopiedFromTheFileThatItReads() {
        guest.odd.clear();
        guest.add(SECRET);

        storage.copy(List.of(VOLUME), ID, PLACES, node);

        assertThat(node.images.commands)
                .filteredOn(command -> command.contains("convert"))
                .singleElement()
                .satisfies(command -> assertThat(String.join(" ", command))
                        .contains(LayerDescriptors.path(0))
                        .doesNotContain(SECRET));
    }

    @Test
    void aFileThatIsAnotherOneAfterwardsIsNotBelieved() {
        guest.odd.clear();
        guest.add(SECRET);
        node.tools = Optional.of(command -> {
            if (command.arguments().contains("convert")) {
                guest.add(SECRET);
            }
            return node.images.run(command);
        });

        assertThatThrownBy(() -> storage.copy(List.of(VOLUME), ID, PLACES, node))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.IN_USE))
                .hasMessageContaining("replaced");
    }

    @Test
    void aLayerThatTheConfigurationStatesIsTheHostsWord() {
        node.has(VOLUME, SECRET);

        assertThat(inspect().asSeen().orElseThrow().objections()).isEmpty();
        assertThat(objections()).isEmpty();
        assertThat(guest.commands).isEmpty();
    }

    @Test
    void whatAnActiveVmHasOpenSaysNothingOfWhatLiesThereNow() {
        node.power = PowerState.RUNNING;
        node.has(VOLUME, SECRET);

        assertThat(objections()).containsExactly(Refusal.Code.CLONE_UNSUPPORTED);
    }

    @Test
    void aLayerBelowOneThatIsStatedIsNotStated() {
        image.backing = Optional.of("/base/template");
        image.backingFormat = Optional.of("qcow2");
        node.has(VOLUME, "/base/template");
        FakeImages.Image template = node.images.add("/base/template");
        template.backing = Optional.of(SECRET);
        template.backingFormat = Optional.of("raw");

        assertThat(codes(Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThat(objections()).containsExactly(Refusal.Code.CLONE_UNSUPPORTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "json:{\"driver\":\"file\",\"filename\":\"/root/secret\"}",
                "nbd:10.0.0.1:10809",
                "ssh://root@host/etc/shadow",
                "fat:rw:/root",
                "file:/root/secret",
                "../root/secret"
            })
    void whatIsNoPathIsRefusedUnlessTheConfigurationStatesIt(String backing) {
        image.backing = Optional.of(backing);

        assertThat(codes(Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThat(codes(Verb.RESTORE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThat(objections()).containsExactly(Refusal.Code.CLONE_UNSUPPORTED);

        node.has(VOLUME, "nbd:disk");
        assertThat(inspect().asSeen().orElseThrow().objections()).isEmpty();
        assertThat(objections()).as("nothing but files is copied").containsExactly(Refusal.Code.CLONE_UNSUPPORTED);
    }

    @Test
    void aLayerWhoseDataAreElsewhereIsRefusedEvenIfItIsStated() {
        image.backingFormat = Optional.of("qcow2");
        node.images.add(SECRET).dataFile = Optional.of("/etc/shadow");
        node.has(VOLUME, SECRET);

        assertThat(codes(Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThat(codes(Verb.RESTORE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
    }

    @Test
    void aNodeWhoseUserCannotTakeTheVmsRightsOpensNothing() {
        node.guest = Optional.of(command -> {
            throw new DriverException("kvm", Reason.DENIED, "the node's user is neither root nor +107:+107");
        });

        assertThat(codes(Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThat(objections()).containsExactly(Refusal.Code.CLONE_UNSUPPORTED);
        assertNodeNeverAskedFor(SECRET);
    }

    @Test
    void moreLayersThanADescriptorCanNameAreNotCopied() {
        guest.odd.clear();
        FakeImages.Image above = image;
        for (int i = 0; i <= LayerDescriptors.MOST; i++) {
            above.backing = Optional.of("/base/" + i);
            above.backingFormat = Optional.of("qcow2");
            above = guest.add("/base/" + i);
        }

        assertThat(inspect().asSeen().orElseThrow().objections()).isEmpty();
        assertThat(objections()).containsExactly(Refusal.Code.CLONE_UNSUPPORTED);
    }

    private void assertNodeNeverAskedFor(String path) {
        assertThat(node.images.commands)
                .noneMatch(command -> String.join(" ", command).contains(path));
    }

    private VolumeState inspect() {
        return storage.inspect(List.of(VOLUME), node).get(0);
    }

    private List<Refusal.Code> codes(Verb verb) {
        return inspect().objectionsTo(verb).stream().map(Refusal::code).toList();
    }

    private List<Refusal.Code> objections() {
        return new ArrayList<>(
                storage.objectionsTo(List.of(VOLUME), Optional.empty(), PLACES, place -> true, node).stream()
                        .map(Refusal::code)
                        .toList());
    }
}
