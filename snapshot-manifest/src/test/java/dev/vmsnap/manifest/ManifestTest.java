package dev.vmsnap.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.vmsnap.Actor;
import dev.vmsnap.PowerState;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ManifestTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.000000006Z");
    private static final SnapshotId ROOT = SnapshotId.of("root");
    private static final SnapshotId LEAF = SnapshotId.of("leaf");
    private static final VmId VM = VmId.of("3f0c5f6e-0000-4000-8000-00000000f11e");
    private static final Volume A = volume("vda", OptionalLong.of(5));
    private static final Volume B = volume("vdb", OptionalLong.empty());

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

        RecordsCopy copy = new RecordsCopy(Optional.of("test-store"), NOW, record, texts);

        String written = Manifest.text(copy);
        assertThat(Manifest.read(written)).isEqualTo(copy);
        assertThat(written.getBytes(UTF_8)).asString(UTF_8).isEqualTo(written);
    }

    @Test
    void aRecordThatSaysLittleComesBackToo() {
        VmRecord record = VmRecord.of(VM).withTree(SnapshotTree.empty(VM).grow(snapshot(ROOT, Optional.empty(), "n")));

        RecordsCopy copy = new RecordsCopy(Optional.empty(), NOW, record, Map.of());

        assertThat(Manifest.read(Manifest.text(copy))).isEqualTo(copy);
    }

    @Test
    void theFieldsHaveAFixedOrder() {
        String text = Manifest.text(new RecordsCopy(Optional.of("test-store"), NOW, record("n"), Map.of()));

        assertThat(text).startsWith("""
                {
                  "format": "vmsnap-manifest",
                  "version": 2,
                  "written": "2026-01-02T03:04:05.000000006Z",
                  "store": "test-store",
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
                      "tags": {
                        "key": "n"
                      },
                      "expiresAt": "2026-01-02T03:04:05.000000006Z",
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
                """.formatted(VM));
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
                "{\"format\":\"vmsnap-manifest\",\"version\":3}",
                "{\"format\":\"vmsnap-manifest\",\"version\":\"x\"}",
                "{\"format\":\"vmsnap-manifest\",\"version\":1,\"vm\":\"../x\"}",
                "{\"format\":\"vmsnap-manifest\",\"version\":1,\"vm\":\"a\",\"name\":\"\",\"written\":\"yesterday\"}",
                "{\"format\":\"vmsnap-manifest\",\"version\":1,\"vm\":\"a\",\"snapshots\":[{\"id\":\"x\"}]}"
            })
    void whatIsNoManifestIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Manifest.read(text));
    }

    private static VmRecord record(String text) {
        Snapshot root = snapshot(ROOT, Optional.empty(), text.isBlank() ? "n" : text);
        Snapshot leaf = snapshot(LEAF, Optional.of(ROOT), "leaf").unavailable(Snapshot.Reason.NO_SPACE);
        return new VmRecord(
                VM,
                7,
                text,
                Optional.of(text),
                Optional.of(text),
                SettingsChoice.open().allowUsers(true).limit(5).allowRam(false),
                SnapshotTree.of(VM, List.of(root, leaf), Optional.of(LEAF)),
                List.of(new VmRecord.Leftover(SnapshotId.of("gone"), B, text)));
    }

    private static Snapshot snapshot(SnapshotId id, Optional<SnapshotId> parent, String text) {
        return new Snapshot(
                id,
                VM,
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

    private static Volume volume(String target, OptionalLong bytes) {
        return new Volume(target, "/guests/" + target, "qcow2", StorageKind.FILE, "file", bytes);
    }
}
