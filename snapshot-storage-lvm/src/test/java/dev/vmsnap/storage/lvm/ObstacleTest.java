package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.Bench.FIRST;
import static dev.vmsnap.storage.lvm.Bench.SECOND;
import static dev.vmsnap.storage.lvm.CutTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests that an obstacle to restoring a thick snapshot is reported beforehand, and for that snapshot alone. */
final class ObstacleTest {
    private static final long EXTENT = SimulatedLvm.EXTENT;

    private final Bench bench = new Bench();

    @Test
    void aSnapshotThatSomebodyHasOpenIsNotRestored() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.cut(List.of(volume), SECOND);
        bench.lvm.get(bench.part(volume, FIRST)).open = true;

        assertThat(objections(volume, FIRST)).extracting(Refusal::code).containsExactly(Code.IMAGE_IN_USE);
        assertThat(objections(volume, SECOND)).isEmpty();
        assertThat(bench.inspect(volume).objectionsTo(Verb.RESTORE)).isEmpty();
        assertRefusedBeforeAnything(Reason.IN_USE, volume);
        bench.driver.restore(List.of(volume), SECOND, bench);
    }

    @Test
    void aSnapshotOfAnotherSizeIsNotRestored() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.get("a").extents = 6;
        bench.cut(List.of(volume), SECOND);

        assertThat(objections(volume, FIRST)).singleElement().satisfies(why -> {
            assertThat(why.code()).isEqualTo(Code.DRIVER_REFUSED);
            assertThat(why.remedy()).contains("Clone the snapshot").doesNotContain("lvresize");
        });
        assertThat(objections(volume, SECOND)).isEmpty();
        assertRefusedBeforeAnything(Reason.BROKEN, volume);
    }

    @Test
    void aRestoreDoesNotOverflowTheSnapshotsOfOthers() {
        Volume volume = bench.thick("a");
        SimulatedVolume backup = backup("backup", 1);
        bench.cut(List.of(volume), FIRST);
        bench.lvm.volumes.remove("backup");
        bench.lvm.write("a", "a2", 3);
        bench.lvm.volumes.put("backup", backup);

        assertThat(objections(volume, FIRST)).singleElement().satisfies(why -> {
            assertThat(why.code()).isEqualTo(Code.NO_SPACE);
            assertThat(why.message()).contains("vmsnap did not make", "vg/backup");
            assertThat(why.remedy()).contains("lvextend -l +2 vg/backup");
        });
        assertRefusedBeforeAnything(Reason.NO_SPACE, volume);
        assertThat(backup.invalid).isFalse();
        bench.lvm.run(dev.vmsnap.spi.Commands.Command.of("lvextend", "-l", "3", "vg/backup"));
        bench.driver.restore(List.of(volume), FIRST, bench);
        assertThat(backup.invalid).isFalse();
    }

    @Test
    void aSnapshotOfOthersWithLargeChunksNeedsMoreRoom() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 1);
        SimulatedVolume backup = backup("backup", 2);

        assertThat(objections(volume, FIRST)).isEmpty();
        backup.chunkBytes = 65536;
        assertThat(objections(volume, FIRST)).extracting(Refusal::code).containsExactly(Code.NO_SPACE);
    }

    @Test
    void aSnapshotOfOthersThatIsLostAlreadyDoesNotStandInTheWay() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 3);
        backup("backup", 1).invalid = true;

        assertThat(objections(volume, FIRST)).isEmpty();
    }

    private SimulatedVolume backup(String name, long extents) {
        SimulatedVolume theirs = new SimulatedVolume(SimulatedVolume.Kind.THICK_SNAPSHOT, name, extents);
        theirs.origin = bench.lvm.get("a");
        theirs.originExtents = theirs.origin.extents;
        bench.lvm.volumes.put(name, theirs);
        return theirs;
    }

    private List<Refusal> objections(Volume volume, SnapshotId id) {
        return bench.inspect(volume).part(id).orElseThrow().objections();
    }

    private void assertRefusedBeforeAnything(Reason reason, Volume volume) {
        bench.lvm.ran.clear();
        assertFails(reason, () -> bench.driver.restore(List.of(volume), FIRST, bench));
        assertThat(bench.lvm.ran).isEmpty();
        assertThat(bench.lvm.names()).contains("a");
    }
}
