package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.CutTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Volume;
import dev.vmsnap.manifest.Manifest;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RecordsTest {
    private static final int BLOCK = 4096;

    private final Bench bench = new Bench();

    @Test
    void theTextIsWrittenTwiceWithItsLengthAndSum() {
        Volume volume = bench.thick("a");
        VmRecord record = record("name ü€😀");

        bench.driver.publish(List.of(volume), record, Map.of(), bench);

        String text = new Manifest(Bench.NOW, record, Map.of()).text();
        String written = bench.lvm.blocks.get(name());
        int half = written.length() / 2;
        assertThat(written.substring(0, half)).isEqualTo(written.substring(half));
        assertThat(written.getBytes(StandardCharsets.UTF_8).length % (2 * BLOCK))
                .isZero();
        assertThat(written)
                .matches("(?s)vmsnap-records 1 " + text.getBytes(StandardCharsets.UTF_8).length
                        + " [0-9a-f]{64}\n\\{.*");
        assertThat(written.substring(written.indexOf('\n') + 1)).startsWith(text);
    }

    @Test
    void theSecondHalfIsWrittenFirst() {
        bench.driver.publish(List.of(bench.thick("a")), record("n"), Map.of(), bench);

        String command = bench.lvm.ran.get(bench.lvm.ran.size() - 1);
        assertThat(command).endsWith(" sh /dev/vg/" + name() + " 1 512");
        assertThat(command.indexOf("seek=\"$3\"")).isBetween(0, command.indexOf("seek=0"));
    }

    @Test
    void aLargerRecordMakesItLarger() {
        Volume volume = bench.thick("a");
        bench.driver.publish(List.of(volume), record("n"), Map.of(), bench);
        assertThat(bench.lvm.get(name()).extents).isEqualTo(1);
        VmConfiguration large = new VmConfiguration("x".repeat(3 << 20), "");

        bench.driver.publish(List.of(volume), record("n"), Map.of(SnapshotId.of("first"), large), bench);

        assertThat(bench.lvm.get(name()).extents).isEqualTo(2);
        assertThat(bench.lvm.ran.get(bench.lvm.ran.size() - 1)).endsWith(" 1024");
    }

    @Test
    void laterOnesAreALookAndAWrite() {
        Volume volume = bench.thin("a");
        bench.driver.publish(List.of(volume), record("n"), Map.of(), bench);
        assertThat(bench.lvm.get(name()).pool).isNotNull();
        bench.lvm.processes.clear();

        bench.driver.publish(List.of(volume), record("m"), Map.of(), bench);

        assertThat(bench.lvm.processes).containsExactly("lvs", "sh");
    }

    @Test
    void oneThatIsInactiveIsActivated() {
        Volume volume = bench.thick("a");
        bench.driver.publish(List.of(volume), record("n"), Map.of(), bench);
        bench.lvm.get(name()).active = false;

        bench.driver.publish(List.of(volume), record("m"), Map.of(), bench);

        assertThat(bench.lvm.get(name()).active).isTrue();
    }

    @Test
    void anEmptyTreeWipesAndRemovesIt() {
        Volume volume = bench.thick("a");
        bench.driver.publish(List.of(volume), record("n"), Map.of(), bench);
        bench.lvm.ran.clear();

        bench.driver.publish(List.of(volume), VmRecord.of(Bench.VM), Map.of(), bench);
        bench.driver.publish(List.of(volume), VmRecord.of(Bench.VM), Map.of(), bench);

        assertThat(bench.lvm.names()).containsExactly("a");
        assertThat(bench.lvm.ran).containsExactly("blkdiscard --zeroout /dev/vg/" + name(), "lvremove -y vg/" + name());
    }

    @Test
    void whatOnlyLooksLikeTheRecordsIsLeftAlone() {
        Volume volume = bench.thick("a");
        bench.lvm.linear(name(), 1).content = "theirs";

        assertFails(Reason.BROKEN, () -> bench.driver.publish(List.of(volume), record("n"), Map.of(), bench));
        assertFails(Reason.BROKEN, () -> bench.driver.publish(List.of(volume), VmRecord.of(Bench.VM), Map.of(), bench));

        assertThat(bench.lvm.get(name()).content).isEqualTo("theirs");
    }

    @Test
    void aFullGroupIsSaid() {
        Volume volume = bench.thick("a");
        bench.lvm.grabbed = bench.lvm.freeExtents();

        assertFails(Reason.NO_SPACE, () -> bench.driver.publish(List.of(volume), record("n"), Map.of(), bench));
    }

    private String name() {
        return Names.records("vg", Owner.of(bench)).name();
    }

    private static VmRecord record(String name) {
        Snapshot snapshot = new Snapshot(
                SnapshotId.of("first"),
                Bench.VM,
                Optional.empty(),
                Snapshot.Labels.named(name),
                Bench.NOW,
                Actor.administrator("a"),
                Snapshot.Status.AVAILABLE,
                Optional.empty(),
                false,
                PowerState.OFF,
                "node",
                List.of(),
                Set.of(),
                Optional.empty());
        return VmRecord.of(Bench.VM).withTree(SnapshotTree.of(Bench.VM, List.of(snapshot), Optional.empty()));
    }
}
