package dev.vmsnap.storage.file;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ManifestTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.000000006Z");
    private static final SnapshotId ROOT = SnapshotId.of("root");
    private static final SnapshotId LEAF = SnapshotId.of("leaf");
    private static final Volume A = FakeNode.volume("vda", "/guests/a").withVirtualBytes(5);
    private static final Volume B = FakeNode.volume("vdb", "/guests/b");
    private static final Volume ELSEWHERE = FakeNode.volume("vdc", "/c");

    private final FakeNode node = new FakeNode();
    private final FileStorage storage = new FileStorage(Duration.ofMinutes(1), Clock.fixed(NOW, ZoneOffset.UTC));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                " ",
                "quotes ' \" `",
                "$(reboot) ; --help",
                "../../x",
                "new\nline\r\n\ttab",
                "nul\0",
                "]]>&xxe;",
                "<b>&amp;</b>",
                "é 日本語 \ud83d\ude00",
                "half \ud83d of a pair \ude00",
                "\u2028\u2029\u0085\u007f\ufeff"
            })
    void everythingComesBackAsItWas(String text) {
        VmRecord record = record(text);
        Map<SnapshotId, VmConfiguration> texts = Map.of(ROOT, new VmConfiguration(text + "<p/>", text + "<l/>"));

        storage.publish(List.of(A, B, ELSEWHERE), record, texts, node);

        assertThat(node.small)
                .containsOnlyKeys("/guests/.vmsnap/" + FakeNode.VM + ".json", "/.vmsnap/" + FakeNode.VM + ".json");
        assertThat(node.small.values())
                .allSatisfy(bytes -> assertThat(ManifestReader.read(new String(bytes, StandardCharsets.UTF_8)))
                        .isEqualTo(new Manifest(NOW, record, texts)));
    }

    @Test
    void aRecordThatSaysLittleComesBackToo() {
        VmRecord record = VmRecord.of(FakeNode.VM)
                .withTree(SnapshotTree.empty(FakeNode.VM).grow(snapshot(ROOT, Optional.empty(), "n")));

        Manifest manifest = new Manifest(NOW, record, Map.of());

        assertThat(ManifestReader.read(ManifestWriter.write(manifest))).isEqualTo(manifest);
    }

    @Test
    void theFieldsHaveAFixedOrder() {
        String text = ManifestWriter.write(new Manifest(NOW, record("n"), Map.of()));

        assertThat(text).startsWith("""
                {
                  "format": "vmsnap-manifest",
                  "version": 1,
                  "written": "2026-01-02T03:04:05.000000006Z",
                  "vm": "%s",
                  "revision": 7,
                  "name": "n",
                  "node": "n",
                  "template": "n",
                  "settings": {
                    "allowUsers": true,
                    "limit": 5,
                    "allowRam": false
                  },
                  "current": "leaf",
                  "snapshots": [
                    {
                      "id": "root",
                      "name": "n",
                      "comment": "n",
                      "createdAt": "2026-01-02T03:04:05.000000006Z",
                      "createdBy": {
                        "role": "USER",
                        "name": "ann"
                      },
                      "status": "AVAILABLE",
                      "ram": true,
                      "power": "RUNNING",
                      "node": "n",
                      "volumes": [
                """.formatted(FakeNode.VM));
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "{}",
                "{\"format\":\"other\",\"version\":1}",
                "{\"format\":\"vmsnap-manifest\",\"version\":2}",
                "{\"format\":\"vmsnap-manifest\",\"version\":\"x\"}",
                "{\"format\":\"vmsnap-manifest\",\"version\":1,\"vm\":\"../x\"}",
                "{\"format\":\"vmsnap-manifest\",\"version\":1,\"vm\":\"a\",\"name\":\"\",\"written\":\"yesterday\"}",
                "{\"format\":\"vmsnap-manifest\",\"version\":1,\"vm\":\"a\",\"snapshots\":[{\"id\":\"x\"}]}"
            })
    void whatIsNoManifestIsBroken(String text) {
        assertThatThrownBy(() -> ManifestReader.read(text))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(DriverException.Reason.BROKEN));
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
                SnapshotTree.of(FakeNode.VM, List.of(root, leaf), Optional.of(LEAF)));
    }

    private static Snapshot snapshot(SnapshotId id, Optional<SnapshotId> parent, String text) {
        return new Snapshot(
                id,
                FakeNode.VM,
                parent,
                text,
                text,
                parent.isEmpty() ? NOW : NOW.plusSeconds(1),
                Actor.user("ann"),
                Snapshot.Status.AVAILABLE,
                Optional.empty(),
                true,
                PowerState.RUNNING,
                text,
                List.of(A, B),
                parent.isPresent()
                        ? Optional.empty()
                        : Optional.of(new Snapshot.Receipt(
                                Snapshot.Consistency.RAM,
                                Duration.ofNanos(1_234_567_891),
                                Duration.ZERO,
                                4096,
                                List.of(text, "second"))));
    }
}
