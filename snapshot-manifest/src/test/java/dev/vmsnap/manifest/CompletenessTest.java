package dev.vmsnap.manifest;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A rebuild has the manifest alone: what a record of the store holds and the manifest does not would be lost. */
final class CompletenessTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.000000006Z");
    private static final SnapshotId ROOT = SnapshotId.of("root");
    private static final SnapshotId LEAF = SnapshotId.of("leaf");
    private static final VmId VM = VmId.of("3f0c5f6e-0000-4000-8000-00000000f11e");
    private static final Volume DISK = new Volume(
            "vda",
            "/guests/vda",
            "qcow2",
            StorageKind.FILE,
            "file",
            OptionalLong.of(5),
            Optional.of("fsid:1"),
            Optional.of(new Volume.Chain(List.of(new Volume.Chain.Layer("/base", "raw", 7, "8:9")))));

    @Test
    void everyComponentOfEveryRecordComesBack() throws ReflectiveOperationException {
        RecordsCopy copy = full();
        Map<String, Boolean> used = new TreeMap<>();

        visit(copy, used);

        assertThat(used)
                .as("components that the sample leaves at what they would be without it")
                .doesNotContainValue(false);
        assertThat(used).containsKeys("Snapshot.receipt", "Layer.identity", "SettingsChoice.quotaBytes");
        assertThat(Manifest.read(Manifest.text(copy))).isEqualTo(copy);
    }

    private static RecordsCopy full() {
        Snapshot root = snapshot(ROOT, Optional.empty());
        Snapshot leaf = snapshot(LEAF, Optional.of(ROOT)).unavailable(Snapshot.Reason.NO_SPACE);
        VmRecord record = new VmRecord(
                VM,
                7,
                "web",
                Optional.of("node-1"),
                Optional.of("large"),
                new SettingsChoice(
                        Optional.of(true), Optional.of(5), Optional.of(true), Optional.of(true), Optional.of(1L << 40)),
                SnapshotTree.of(VM, List.of(root, leaf), Optional.of(LEAF)),
                List.of(new VmRecord.Leftover(SnapshotId.of("gone"), DISK, "away")));
        return new RecordsCopy(
                Optional.of("test-store"),
                NOW,
                record,
                Map.of(ROOT, new VmConfiguration("<p/>", "<l/>", Map.of("nvram", "abc"))));
    }

    private static Snapshot snapshot(SnapshotId id, Optional<SnapshotId> parent) {
        return new Snapshot(
                id,
                VM,
                parent,
                new Snapshot.Labels("name", "comment", Map.of("key", "value"), Optional.of(NOW)),
                NOW,
                Actor.user("ann"),
                Snapshot.Status.AVAILABLE,
                Optional.empty(),
                true,
                PowerState.RUNNING,
                "node-1",
                List.of(DISK),
                Set.of("vdx"),
                Optional.of(new Snapshot.Receipt(
                        Snapshot.Consistency.RAM,
                        Duration.ofNanos(1_234_567_891),
                        Duration.ofMillis(5),
                        4096,
                        "libvirt 9.0.0",
                        List.of("first", "second"))));
    }

    /** Marks each component of each record that somewhere holds more than nothing. */
    private static void visit(Object value, Map<String, Boolean> used) throws ReflectiveOperationException {
        if (value instanceof Optional<?> optional) {
            if (optional.isPresent()) {
                visit(optional.get(), used);
            }
        } else if (value instanceof Collection<?> all) {
            for (Object one : all) {
                visit(one, used);
            }
        } else if (value instanceof Map<?, ?> all) {
            visit(all.keySet(), used);
            visit(all.values(), used);
        } else if (value instanceof SnapshotTree tree) {
            visit(tree.snapshots(), used);
            used.merge("SnapshotTree.current", tree.current().isPresent(), Boolean::logicalOr);
        } else if (value instanceof Record) {
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                Object held = component.getAccessor().invoke(value);
                String name = value.getClass().getSimpleName() + "." + component.getName();
                used.merge(name, !isNothing(held), Boolean::logicalOr);
                visit(held, used);
            }
        }
    }

    private static boolean isNothing(Object value) {
        return value.equals(Optional.empty())
                || value.equals(OptionalLong.empty())
                || value.equals(false)
                || value.equals(0L)
                || value.equals(0)
                || value.equals("")
                || value.equals(Duration.ZERO)
                || (value instanceof Collection<?> all && all.isEmpty())
                || (value instanceof Map<?, ?> map && map.isEmpty());
    }
}
