package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.Bench.FIRST;
import static dev.vmsnap.storage.lvm.Bench.SECOND;
import static dev.vmsnap.storage.lvm.CutTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class RestoreTest {
    private final Bench bench = new Bench();

    @Test
    void aRestoreIsOneProcessBetweenTwoReports() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thin("b"));
        bench.cut(volumes, FIRST);
        bench.lvm.processes.clear();

        bench.driver.restore(volumes, FIRST, bench);

        assertThat(bench.lvm.processes).containsExactly("lvs", "lvm", "lvs");
    }

    @Test
    void whileASnapshotFlowsBackTheVolumeHasAnotherName() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.betweenCommands = () -> {
            boolean startable = bench.lvm.find("a").isPresent();
            assertThat(bench.lvm.holdsPart(FIRST) && !bench.lvm.isMerging() || !startable)
                    .isTrue();
        };

        bench.driver.restore(List.of(volume), FIRST, bench);

        assertThat(bench.lvm.ran).anyMatch(line -> line.startsWith("lvconvert"));
    }

    @Test
    void aVolumeThatIsInactiveIsSoAgainAfterwards() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thin("b"));
        bench.lvm.write("a", "a1", 1);
        bench.cut(volumes, FIRST);
        bench.lvm.write("a", "a2", 1);
        bench.lvm.get("a").active = false;
        bench.lvm.get(bench.part(volumes.get(0), FIRST)).active = false;
        bench.lvm.get("b").active = false;

        bench.driver.restore(volumes, FIRST, bench);

        assertThat(bench.lvm.get("a").content).isEqualTo("a1");
        assertThat(bench.lvm.get("a").active).isFalse();
        assertThat(bench.lvm.get("b").active).isFalse();
    }

    @Test
    void aMergeThatTheKernelStillDoesIsWaitedFor() {
        Volume volume = bench.thick("a");
        bench.lvm.write("a", "a1", 1);
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 1);
        bench.lvm.dieBefore = 3;
        assertThatThrownBy(() -> bench.driver.restore(List.of(volume), FIRST, bench))
                .isInstanceOf(SimulatedLvm.Killed.class);
        bench.restart();
        assertThat(bench.inspect(volume).snapshots()).containsOnlyKeys(FIRST);
        assertThat(bench.inspect(volume).objectionsTo(Verb.CREATE)).isNotEmpty();
        assertThat(bench.inspect(volume).objectionsTo(Verb.RESTORE)).isEmpty();

        bench.driver.restore(List.of(volume), FIRST, bench);

        assertThat(bench.pauses).containsExactly(Duration.ofSeconds(1));
        assertThat(bench.lvm.get("a").content).isEqualTo("a1");
        assertThat(bench.inspect(volume).objectionsTo(Verb.CREATE)).isEmpty();
    }

    @Test
    void aMergeThatLvmHasPutOffIsStartedWhenNobodyHoldsTheSnapshot() {
        Volume volume = bench.thick("a");
        bench.lvm.write("a", "a1", 1);
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 1);
        SimulatedVolume part = bench.lvm.get(bench.part(volume, FIRST));
        bench.lvm.betweenCommands = () -> part.open = bench.lvm.find("a").isEmpty();

        assertFails(Reason.IN_USE, () -> bench.driver.restore(List.of(volume), FIRST, bench));
        assertThat(bench.pauses).as("seconds").hasSizeLessThan(10);
        assertThat(bench.inspect(volume).snapshots()).containsOnlyKeys(FIRST);
        bench.lvm.betweenCommands = () -> {};
        part.open = false;
        bench.driver.reclaim(List.of(volume), bench);

        assertThat(bench.lvm.get("a").content).isEqualTo("a1");
        assertThat(bench.lvm.get(bench.part(volume, FIRST)).content).isEqualTo("a1");
    }

    @Test
    void whenOthersTakeTheRoomMeanwhileTheSnapshotGetsLess() {
        Volume volume = bench.thick("a");
        bench.lvm.write("a", "a1", 1);
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 1);
        grabWhenMerged(volume, 2);

        bench.driver.restore(List.of(volume), FIRST, bench);

        assertThat(bench.lvm.get("a").content).isEqualTo("a1");
        assertThat(bench.lvm.get(bench.part(volume, FIRST)).content).isEqualTo("a1");
        assertThat(bench.inspect(volume).snapshots().get(FIRST).roomBytes())
                .isEqualTo(OptionalLong.of(2 * SimulatedLvm.EXTENT));
    }

    @Test
    void whenOthersTakeAllRoomMeanwhileItIsFinishedOnceThereIsSome() {
        Volume volume = bench.thick("a");
        bench.lvm.write("a", "a1", 1);
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 1);
        grabWhenMerged(volume, 0);

        assertFails(Reason.NO_SPACE, () -> bench.driver.restore(List.of(volume), FIRST, bench));
        assertThat(bench.inspect(volume).snapshots()).containsOnlyKeys(FIRST);
        bench.lvm.betweenCommands = () -> {};
        bench.lvm.grabbed -= 1;
        bench.driver.restore(List.of(volume), FIRST, bench);

        assertThat(bench.lvm.get("a").content).isEqualTo("a1");
        assertThat(bench.lvm.get(bench.part(volume, FIRST)).content).isEqualTo("a1");
    }

    @Test
    void whenOthersTakeAllRoomMeanwhileTheSnapshotCanBeDeleted() {
        Volume volume = bench.thick("a");
        bench.lvm.write("a", "a1", 1);
        bench.cut(List.of(volume), FIRST);
        grabWhenMerged(volume, 0);
        assertFails(Reason.NO_SPACE, () -> bench.driver.restore(List.of(volume), FIRST, bench));

        bench.driver.delete(List.of(volume), FIRST, bench);

        assertThat(bench.lvm.names()).containsExactly("a");
        assertThat(bench.lvm.get("a").tags).isEmpty();
    }

    private void grabWhenMerged(Volume volume, long leave) {
        bench.lvm.betweenCommands = () -> {
            boolean merged = !bench.lvm.holdsPart(FIRST);
            if (merged && bench.lvm.grabbed == 0) {
                bench.lvm.grabbed = bench.lvm.freeExtents() - leave;
            }
        };
    }

    @Test
    void allVolumesAreLookedAtBeforeTheFirstIsTouched() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thick("b"));
        bench.cut(volumes.subList(0, 1), FIRST);
        bench.lvm.ran.clear();

        assertFails(Reason.MISSING, () -> bench.driver.restore(volumes, FIRST, bench));

        assertThat(bench.lvm.ran).isEmpty();
    }

    @Test
    void aPoolThatIsFullIsSaidBeforeTheFirstIsTouched() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thin("b"));
        bench.cut(volumes, FIRST);
        bench.lvm.get("pool").dataPercent = 100;
        bench.lvm.ran.clear();

        assertFails(Reason.NO_SPACE, () -> bench.driver.restore(volumes, FIRST, bench));

        assertThat(bench.lvm.ran).isEmpty();
    }

    @Test
    void aVolumeGetsItsNameBackWhenMergingFails() {
        Volume volume = bench.thick("a");
        bench.lvm.write("a", "a1", 1);
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 1);
        bench.lvm.failures.put("lvconvert", "device-mapper: reload ioctl failed");

        assertFails(Reason.BROKEN, () -> bench.driver.restore(List.of(volume), FIRST, bench));

        assertThat(bench.lvm.names()).containsExactlyInAnyOrder("a", bench.part(volume, FIRST));
        assertThat(bench.lvm.get("a").content).isEqualTo("a2");
        assertThat(bench.lvm.get("a").tags).isEmpty();
    }

    @Test
    void aThinVolumeGetsItsNameBackWhenItsSuccessorCannotBeMade() {
        Volume volume = bench.thin("a");
        bench.lvm.write("a", "a1", 1);
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 1);
        bench.lvm.failures.put("lvrename -y vg/a", "device-mapper: rename ioctl failed");

        assertFails(Reason.BROKEN, () -> bench.driver.restore(List.of(volume), FIRST, bench));

        assertThat(bench.lvm.names()).containsExactlyInAnyOrder("pool", "a", bench.part(volume, FIRST));
        assertThat(bench.lvm.get("a").content).isEqualTo("a2");
    }

    @Test
    void aSnapshotThatHasOverflownIsNotRestored() {
        Volume volume = bench.thick("a");
        bench.driver = bench.driver(new Room(25));
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 2);
        bench.lvm.ran.clear();

        assertFails(Reason.BROKEN, () -> bench.driver.restore(List.of(volume), FIRST, bench));

        assertThat(bench.lvm.ran).isEmpty();
    }

    @Test
    void anOverflowThatWasNotSeenBeforeIsSeenBeforeTheFirstIsTouched() {
        Volume volume = bench.thick("a");
        bench.driver = bench.driver(new Room(25));
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 2);
        bench.lvm.get("a").active = false;
        bench.lvm.get(bench.part(volume, FIRST)).active = false;

        assertFails(Reason.BROKEN, () -> bench.driver.restore(List.of(volume), FIRST, bench));

        assertThat(bench.lvm.get("a").content).isEqualTo("a2");
        assertThat(bench.lvm.names()).containsExactly("a", bench.part(volume, FIRST));
    }

    @Test
    void anotherSnapshotThatMightOverflowStandsAgainstIt() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.driver = bench.driver(new Room(50));
        bench.cut(List.of(volume), SECOND);
        bench.lvm.write("a", "a2", 2);
        bench.lvm.ran.clear();

        assertThatThrownBy(() -> bench.driver.restore(List.of(volume), FIRST, bench))
                .hasMessageContaining("lvextend")
                .hasMessageContaining(SECOND.value());
        assertThat(bench.lvm.ran).isEmpty();

        bench.lvm.get(bench.part(volume, SECOND)).extents = 5;
        bench.driver.restore(List.of(volume), FIRST, bench);
    }

    @Test
    void aVolumeThatIsOpenOrHasAnActiveVmIsInUse() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.get("a").open = true;
        assertFails(Reason.IN_USE, () -> bench.driver.restore(List.of(volume), FIRST, bench));
        bench.lvm.get("a").open = false;
        bench.power = PowerState.RUNNING;
        assertFails(Reason.IN_USE, () -> bench.driver.restore(List.of(volume), FIRST, bench));
        assertFails(Reason.IN_USE, () -> bench.driver.reclaim(List.of(volume), bench));
    }

    @Test
    void snapshotsOfOthersOnAThinVolumeStandAgainstIt() {
        Volume volume = bench.thin("a");
        bench.cut(List.of(volume), FIRST);
        SimulatedVolume theirs = new SimulatedVolume(SimulatedVolume.Kind.THICK_SNAPSHOT, "theirs", 1);
        theirs.origin = bench.lvm.get("a");
        bench.lvm.volumes.put("theirs", theirs);

        assertFails(Reason.IN_USE, () -> bench.driver.restore(List.of(volume), FIRST, bench));

        assertThat(bench.inspect(volume).objectionsTo(Verb.RESTORE)).isNotEmpty();
        assertThat(bench.inspect(volume).foreign()).containsExactly("theirs");
    }

    @Test
    void aRestoreThatIsCancelledBeforeItChangesNothing() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.ran.clear();
        bench.cancelled = true;

        assertThatThrownBy(() -> bench.driver.restore(List.of(volume), FIRST, bench))
                .isInstanceOf(CancelledException.class);

        assertThat(bench.lvm.ran).isEmpty();
    }

    @Test
    void aMergeOfSomebodyElsesIsInUse() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        SimulatedVolume theirs = new SimulatedVolume(SimulatedVolume.Kind.THICK_SNAPSHOT, "theirs", 1);
        theirs.origin = bench.lvm.get("a");
        theirs.merging = true;
        theirs.origin.merging = true;
        bench.lvm.volumes.put("theirs", theirs);

        assertFails(Reason.IN_USE, () -> bench.driver.restore(List.of(volume), FIRST, bench));
        assertFails(Reason.IN_USE, () -> bench.driver.prepare(List.of(volume), SECOND, bench));
        assertThat(bench.inspect(volume).objectionsTo(Verb.CREATE)).isNotEmpty();
    }

    @Test
    void aThinVolumeOfAnotherSizeHasItsOldSizeAgain() {
        Volume volume = bench.thin("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.get("a").extents = 6;

        bench.driver.restore(List.of(volume), FIRST, bench);

        assertThat(bench.lvm.get("a").extents).isEqualTo(4);
    }
}
