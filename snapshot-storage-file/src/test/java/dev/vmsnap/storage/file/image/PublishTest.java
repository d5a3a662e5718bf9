package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Volume;
import dev.vmsnap.manifest.Manifest;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PublishTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.000000006Z");
    private static final SnapshotId ROOT = SnapshotId.of("root");
    private static final SnapshotId LEAF = SnapshotId.of("leaf");
    private static final Volume A = FakeNode.volume("vda", "/guests/a").withVirtualBytes(5);
    private static final Volume B = FakeNode.volume("vdb", "/guests/b");
    private static final Volume ELSEWHERE = FakeNode.volume("vdc", "/c");

    private final FakeNode node = new FakeNode();
    private final ImageVolumes storage = new ImageVolumes(Duration.ofMinutes(1), Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void itLiesInEachDirectoryThatHoldsADisk() {
        String text = "]]>&xxe; half \ud83d of a pair";
        VmRecord record = record(text);
        Map<SnapshotId, VmConfiguration> texts = Map.of(ROOT, new VmConfiguration(text + "<p/>", text + "<l/>"));

        storage.publish(List.of(A, B, ELSEWHERE), record, texts, node);

        assertThat(node.small)
                .containsOnlyKeys("/guests/.vmsnap/" + FakeNode.VM + ".json", "/.vmsnap/" + FakeNode.VM + ".json");
        assertThat(node.small.values())
                .allSatisfy(bytes -> assertThat(Manifest.read(new String(bytes, StandardCharsets.UTF_8)))
                        .isEqualTo(new Manifest(NOW, record, texts)));
    }

    @Test
    void anEmptyTreeRemovesIt() {
        storage.publish(List.of(A, ELSEWHERE), record("n"), Map.of(), node);

        storage.publish(List.of(A, ELSEWHERE), VmRecord.of(FakeNode.VM), Map.of(), node);

        assertThat(node.small).isEmpty();
        assertThat(node.images.removedIfEmpty).containsExactly("/guests/.vmsnap", "/.vmsnap");
    }

    @Test
    void aDirectoryThatAnotherVmRemovesMeanwhileIsMadeAgain() {
        node.writesThatFindNoDirectory = 2;

        storage.publish(List.of(A), record("n"), Map.of(), node);

        assertThat(node.small).hasSize(1);
    }

    @Test
    void aDirectoryOfDisksThatIsGoneIsAFailure() {
        node.writesThatFindNoDirectory = 3;

        assertThatThrownBy(() -> storage.publish(List.of(A), record("n"), Map.of(), node))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(DriverException.Reason.MISSING));
    }

    @Test
    void twoDisksInOneDirectoryShareOne() {
        storage.publish(List.of(A, B), record("n"), Map.of(), node);

        assertThat(node.small).hasSize(1);
    }

    private static VmRecord record(String text) {
        Snapshot root = snapshot(ROOT, Optional.empty(), text.isBlank() ? "n" : text);
        Snapshot leaf = snapshot(LEAF, Optional.of(ROOT), "leaf").unavailable(Snapshot.Reason.NO_SPACE);
        return new VmRecord(
                FakeNode.VM,
                7,
                text,
                Optional.of(text),
                Optional.of(text),
                SettingsChoice.open().allowUsers(true).limit(5).allowRam(false),
                SnapshotTree.of(FakeNode.VM, List.of(root, leaf), Optional.of(LEAF)),
                List.of());
    }

    private static Snapshot snapshot(SnapshotId id, Optional<SnapshotId> parent, String text) {
        return new Snapshot(
                id,
                FakeNode.VM,
                parent,
                new Snapshot.Labels(text, text, Map.of("key", text), Optional.of(NOW)),
                parent.isEmpty() ? NOW : NOW.plusSeconds(1),
                Actor.user("ann"),
                Snapshot.Status.AVAILABLE,
                Optional.empty(),
                true,
                PowerState.RUNNING,
                text,
                List.of(A, B),
                Set.of("vdx"),
                parent.isPresent()
                        ? Optional.empty()
                        : Optional.of(new Snapshot.Receipt(
                                Snapshot.Consistency.RAM,
                                Duration.ofNanos(1_234_567_891),
                                Duration.ZERO,
                                4096,
                                text,
                                List.of(text, "second"))));
    }
}
