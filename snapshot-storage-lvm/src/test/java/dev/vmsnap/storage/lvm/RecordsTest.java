package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.CutTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.manifest.Manifest;
import dev.vmsnap.spi.RecordsCopy;
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

        publish(List.of(volume), record, Map.of());

        String text = Manifest.text(copy(record, Map.of()));
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
        publish(List.of(bench.thick("a")), record("n"), Map.of());

        String command = bench.lvm.ran.get(bench.lvm.ran.size() - 1);
        assertThat(command).endsWith(" sh /dev/vg/" + name() + " 1 512");
        assertThat(command.indexOf("seek=\"$3\"")).isBetween(0, command.indexOf("seek=0"));
    }

    @Test
    void aLargerRecordMakesItLarger() {
        Volume volume = bench.thick("a");
        publish(List.of(volume), record("n"), Map.of());
        assertThat(bench.lvm.get(name()).extents).isEqualTo(1);
        VmConfiguration large = new VmConfiguration("x".repeat(3 << 20), "");

        publish(List.of(volume), record("n"), Map.of(SnapshotId.of("first"), large));

        assertThat(bench.lvm.get(name()).extents).isEqualTo(2);
        assertThat(bench.lvm.ran.get(bench.lvm.ran.size() - 1)).endsWith(" 1024");
    }

    @Test
    void laterOnesAreALookAndAWrite() {
        Volume volume = bench.thin("a");
        publish(List.of(volume), record("n"), Map.of());
        assertThat(bench.lvm.get(name()).pool).isNotNull();
        bench.lvm.processes.clear();

        publish(List.of(volume), record("m"), Map.of());

        assertThat(bench.lvm.processes).containsExactly("lvs", "sh", "sh");
    }

    @Test
    void oneThatIsInactiveIsActivated() {
        Volume volume = bench.thick("a");
        publish(List.of(volume), record("n"), Map.of());
        bench.lvm.get(name()).active = false;

        publish(List.of(volume), record("m"), Map.of());

        assertThat(bench.lvm.get(name()).active).isTrue();
    }

    @Test
    void anEmptyTreeWipesAndRemovesIt() {
        Volume volume = bench.thick("a");
        publish(List.of(volume), record("n"), Map.of());
        bench.lvm.ran.clear();

        publish(List.of(volume), VmRecord.of(Bench.VM), Map.of());
        publish(List.of(volume), VmRecord.of(Bench.VM), Map.of());

        assertThat(bench.lvm.names()).containsExactly("a");
        assertThat(bench.lvm.ran).containsExactly("blkdiscard --zeroout /dev/vg/" + name(), "lvremove -y vg/" + name());
    }

    @Test
    void whatOnlyLooksLikeTheRecordsIsLeftAlone() {
        Volume volume = bench.thick("a");
        bench.lvm.linear(name(), 1).content = "theirs";

        assertFails(Reason.BROKEN, () -> publish(List.of(volume), record("n"), Map.of()));
        assertFails(Reason.BROKEN, () -> publish(List.of(volume), VmRecord.of(Bench.VM), Map.of()));

        assertThat(bench.lvm.get(name()).content).isEqualTo("theirs");
    }

    @Test
    void newerRecordsStayBesideTheOlderOnesUntilThoseKnowAsMuch() {
        Volume volume = bench.thick("a");
        publish(List.of(volume), record("new").withRevision(9), Map.of());

        publish(List.of(volume), record("old").withRevision(7), Map.of());
        publish(List.of(volume), record("old").withRevision(7), Map.of());

        assertThat(revisions(volume)).containsExactlyInAnyOrder(9L, 7L);
        assertThat(bench.inspect(volume).notices()).extracting(Notice::code).containsExactly(Notice.Code.RECORDS_KEPT);
        publish(List.of(volume), record("all").withRevision(9), Map.of());
        assertThat(revisions(volume)).containsExactly(9L);
        assertThat(bench.inspect(volume).notices()).isEmpty();
    }

    @Test
    void recordsOfASnapshotThatIsStillThereAreKept() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), Bench.FIRST);
        publish(List.of(volume), record("n").withRevision(1), Map.of());

        publish(List.of(volume), VmRecord.of(Bench.VM).withRevision(2), Map.of());

        assertThat(revisions(volume)).containsExactly(1L);
        bench.driver.delete(List.of(volume), Bench.FIRST, bench);
        publish(List.of(volume), VmRecord.of(Bench.VM).withRevision(2), Map.of());
        assertThat(bench.lvm.names()).containsExactly("a");
    }

    @Test
    void recordsWhoseFirstWriteWasInterruptedAreReplaced() {
        Volume volume = bench.thick("a");
        publish(List.of(volume), record("n"), Map.of());
        bench.lvm.blocks.put(name(), "");

        publish(List.of(volume), record("n"), Map.of());

        assertThat(revisions(volume)).containsExactly(0L);
        assertThat(bench.lvm.names()).hasSize(2);
    }

    @Test
    void theRecordsOfEveryStoreOfTheVmAreReadAndNoOthers() {
        Volume volume = bench.thick("a");
        publish(List.of(volume), record("n").withRevision(1), Map.of());
        bench.store = "other-store";
        publish(List.of(volume), record("n").withRevision(2), Map.of());
        bench.lvm.get(name()).active = false;
        bench.lvm.linear(
                Names.records("vg", new Owner("third-store", Bench.VM, 1)).name(), 1);
        bench.lvm.ran.clear();

        assertThat(revisions(volume)).containsExactlyInAnyOrder(1L, 2L);
        assertThat(bench.lvm.get(name()).active).isFalse();
        bench.vm = VmId.of("another");
        assertThat(revisions(volume)).isEmpty();
    }

    @Test
    void recordsThatAreDamagedAreNamed() {
        Volume volume = bench.thick("a");
        publish(List.of(volume), record("n"), Map.of());
        bench.lvm.blocks.put(name(), "dust");

        RecordsCopy.Found found = bench.driver.published(List.of(volume), bench);

        assertThat(found.copies()).isEmpty();
        assertThat(found.unreadable()).containsExactly("vg/" + name());
    }

    @Test
    void aGroupThatTheNodeDoesNotShowHasNoRecordsThatAreProvedAbsent() {
        Volume volume = bench.thick("a");
        bench.lvm.groupHidden = true;

        assertThatThrownBy(() -> bench.driver.published(List.of(volume), bench)).isInstanceOf(DriverException.class);
    }

    @Test
    void theSnapshotsOfALostStoreAreTakenOver() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), Bench.FIRST);
        bench.driver.reserveRam(List.of(volume), Bench.FIRST, 1, bench);
        bench.driver.keepRam(List.of(volume), Bench.FIRST, 1, bench);
        bench.cut(List.of(volume), Bench.SECOND);
        bench.store = "new-store";
        bench.restart();
        assertThat(bench.inspect(volume).snapshots()).isEmpty();

        bench.driver.takeOver(List.of(volume), Bench.STORE, Set.of(Bench.FIRST), bench);
        bench.driver.takeOver(List.of(volume), Bench.STORE, Set.of(Bench.FIRST), bench);

        assertThat(bench.inspect(volume).snapshots()).containsOnlyKeys(Bench.FIRST);
        assertThat(bench.inspect(volume).part(Bench.FIRST).orElseThrow().ramBytes())
                .isEqualTo(1);
        bench.driver.delete(List.of(volume), Bench.FIRST, bench);
        assertThat(bench.lvm.names()).hasSize(2);
    }

    private List<Long> revisions(Volume volume) {
        return bench.driver.published(List.of(volume), bench).copies().stream()
                .map(copy -> copy.record().revision())
                .toList();
    }

    @Test
    void aFullGroupIsSaid() {
        Volume volume = bench.thick("a");
        bench.lvm.grabbed = bench.lvm.freeExtents();

        assertFails(Reason.NO_SPACE, () -> publish(List.of(volume), record("n"), Map.of()));
    }

    private void publish(List<Volume> volumes, VmRecord record, Map<SnapshotId, VmConfiguration> configurations) {
        bench.driver.publish(volumes, copy(record, configurations), Set.of(), bench);
    }

    private static RecordsCopy copy(VmRecord record, Map<SnapshotId, VmConfiguration> configurations) {
        return new RecordsCopy(Optional.of(Bench.STORE), Bench.NOW, record, configurations);
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
