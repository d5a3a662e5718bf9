package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.testkit.TestCall;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What every storage driver must keep, on volumes of a VM that is off. A driver author extends it and opens a
 * {@link StorageLab}; each test is one sentence of the contract, and {@code target/conformance.md} tells which hold.
 */
public abstract class StorageDriverContract extends StorageMoves {

    /** For the driver author's class. */
    protected StorageDriverContract() {}

    /**
     * Opens a lab for one sentence.
     *
     * @return a lab with a clean storage; the contract closes it
     * @throws Exception if there is none to be had; the sentence fails
     */
    @Override
    protected abstract StorageLab openLab() throws Exception;

    @Test
    @DisplayName("cut: does not change what a volume holds")
    final void aCutDoesNotChangeWhatAVolumeHolds() {
        Volume volume = newVolume("vda", "v1");

        cut(volume, FIRST);

        assertContent(volume, "v1");
    }

    @Test
    @DisplayName("cut: asked again it keeps what it took the first time")
    final void aCutAskedAgainKeepsWhatItTook() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);
        lab().write(volume, "v2");

        for (int i = 0; i < REPEATS; i++) {
            cut(volume, FIRST);
        }

        assertHolds(volume, FIRST);
        restore(volume, FIRST);
        assertContent(volume, "v1");
    }

    @Test
    @DisplayName("cut: touches no volume but its own")
    final void aCutTouchesNoOtherVolume() {
        List<Volume> volumes = twoVolumes();

        cut(volumes.get(0), FIRST);

        assertHolds(volumes.get(1));
        assertContent(volumes.get(1), "b1");
    }

    @Test
    @DisplayName("cut: takes all volumes or, when one fails, none")
    final void aCutTakesAllVolumesOrNone() {
        List<Volume> volumes = List.of(newVolume("vda", "a1"), newVolume("vdb", "b1"), newVolume("vdc", "c1"));
        lab().destroy(volumes.get(2));

        assertFails(() -> driver().cut(volumes, FIRST, call(volumes)));

        assertHolds(volumes.get(0));
        assertHolds(volumes.get(1));
        assertNoTraces();
        assertContent(volumes.get(0), "a1");
    }

    @Test
    @DisplayName("cut: cancelled before it began it takes nothing, or goes on to its end")
    final void aCancelledCutTakesNothingOrEverything() {
        assertCancelledCutIsWhole(1);
    }

    @Test
    @DisplayName("cut: cancelled on its way it takes nothing, or goes on to its end")
    final void aCutCancelledOnItsWayTakesNothingOrEverything() {
        assertCancelledCutIsWhole(2);
    }

    @Test
    @DisplayName("cut: tells of progress that never falls")
    final void progressNeverFalls() {
        List<Volume> volumes = twoVolumes();
        TestCall call = call(volumes);

        driver().cut(volumes, FIRST, call);

        assertThat(call.reports()).isSorted();
    }

    @Test
    @DisplayName("prepare: can be asked again, and delete takes it back")
    final void deleteTakesAPreparationBack() {
        List<Volume> volumes = twoVolumes();
        for (int i = 0; i < REPEATS; i++) {
            driver().prepare(volumes, FIRST, call(volumes));
        }

        assertHolds(volumes.get(0));
        delete(volumes, FIRST);

        assertNoTraces();
    }

    @Test
    @DisplayName("restore: brings back what every volume held at the cut")
    final void aRestoreBringsBackWhatEveryVolumeHeld() {
        List<Volume> volumes = twoVolumes();
        cut(volumes, FIRST);
        lab().write(volumes.get(0), "a2");
        lab().write(volumes.get(1), "b2");

        restore(volumes, FIRST);

        assertContent(volumes.get(0), "a1");
        assertContent(volumes.get(1), "b1");
    }

    @Test
    @DisplayName("restore: goes to any snapshot, in any order, twice, and keeps every snapshot")
    final void aRestoreGoesToAnySnapshot() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);
        lab().write(volume, "v2");
        cut(volume, SECOND);
        lab().write(volume, "v3");
        cut(volume, THIRD);
        lab().write(volume, "v4");

        for (int i = 0; i < 2; i++) {
            restore(volume, FIRST);
            assertContent(volume, "v1");
            restore(volume, THIRD);
            assertContent(volume, "v3");
            restore(volume, SECOND);
            assertContent(volume, "v2");
        }

        assertHolds(volume, FIRST, SECOND, THIRD);
    }

    @Test
    @DisplayName("restore: what is written afterwards changes no snapshot")
    final void whatIsWrittenAfterARestoreChangesNoSnapshot() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);
        restore(volume, FIRST);
        lab().write(volume, "branch");
        cut(volume, SECOND);
        lab().write(volume, "later");

        restore(volume, FIRST);
        assertContent(volume, "v1");
        restore(volume, SECOND);
        assertContent(volume, "branch");
    }

    @Test
    @DisplayName("restore: asked again it ends the same")
    final void aRestoreAskedAgainEndsTheSame() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);
        lab().write(volume, "v2");

        for (int i = 0; i < REPEATS; i++) {
            restore(volume, FIRST);
        }

        assertContent(volume, "v1");
        assertHolds(volume, FIRST);
    }

    @Test
    @DisplayName("restore: to a snapshot that one volume has not fails as MISSING and changes none")
    final void aRestoreToWhatIsMissingChangesNothing() {
        List<Volume> volumes = twoVolumes();
        cut(volumes.get(0), FIRST);
        lab().write(volumes.get(0), "a2");

        DriverException failure = assertFails(() -> restore(volumes, FIRST));

        assertThat(failure.reason()).isEqualTo(DriverException.Reason.MISSING);
        assertThat(failure.driver()).isEqualTo(driver().id());
        assertContent(volumes.get(0), "a2");
        assertContent(volumes.get(1), "b1");
    }

    @Test
    @DisplayName("restore: cancelled before it began it changes nothing, or goes on to its end")
    final void aCancelledRestoreChangesNothingOrEverything() {
        List<Volume> volumes = twoVolumes();
        cut(volumes, FIRST);
        lab().write(volumes.get(0), "a2");
        lab().write(volumes.get(1), "b2");

        boolean finished =
                finishes(() -> driver().restore(volumes, FIRST, call(volumes).cancel()));

        assertContent(volumes.get(0), finished ? "a1" : "a2");
        assertContent(volumes.get(1), finished ? "b1" : "b2");
    }

    @Test
    @DisplayName("delete: takes away the snapshot that is named, from every volume, and no other")
    final void aDeleteTakesAwayTheSnapshotThatIsNamed() {
        List<Volume> volumes = twoVolumes();
        cut(volumes, FIRST);
        lab().write(volumes.get(0), "a2");
        cut(volumes, SECOND);
        lab().write(volumes.get(0), "a3");

        delete(volumes, SECOND);

        volumes.forEach(volume -> assertHolds(volume, FIRST));
        assertContent(volumes.get(0), "a3");
        restore(volumes, FIRST);
        assertContent(volumes.get(0), "a1");
    }

    @Test
    @DisplayName("delete: of a snapshot with later ones leaves those as they were")
    final void aDeleteLeavesLaterSnapshotsAsTheyWere() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);
        lab().write(volume, "v2");
        cut(volume, SECOND);
        lab().write(volume, "v3");
        cut(volume, THIRD);

        delete(volume, FIRST);
        restore(volume, SECOND);
        assertContent(volume, "v2");
        delete(volume, SECOND);
        assertContent(volume, "v2");
        restore(volume, THIRD);

        assertContent(volume, "v3");
        assertHolds(volume, THIRD);
    }

    @Test
    @DisplayName("delete: asked again it succeeds")
    final void aDeleteAskedAgainSucceeds() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);

        for (int i = 0; i < REPEATS; i++) {
            delete(volume, FIRST);
        }

        assertHolds(volume);
        assertNoTraces();
    }

    @Test
    @DisplayName("delete: a snapshot that never was is no error")
    final void aDeleteOfWhatNeverWasIsNoError() {
        Volume volume = newVolume("vda", "v1");

        delete(volume, FIRST);

        assertContent(volume, "v1");
    }

    @Test
    @DisplayName("delete: finishes what is there when one volume is gone")
    final void aDeleteFinishesWhenOneVolumeIsGone() {
        List<Volume> volumes = twoVolumes();
        cut(volumes, FIRST);
        // As the engine does: a driver may take its records for proof that the storage is the one that it was.
        publish(volumes, recordOf(VM, volumes, FIRST));
        lab().destroy(volumes.get(0));

        delete(volumes, FIRST);

        assertHolds(volumes.get(1));
    }

    @Test
    @DisplayName("names: ids as short and as long as can be, and ids that begin alike, are told apart")
    final void idsThatBeginAlikeAreToldApart() {
        Volume volume = newVolume("vda", "before");
        List<SnapshotId> ids = List.of(
                SnapshotId.of("a"),
                SnapshotId.of("a-"),
                SnapshotId.of("a1"),
                SnapshotId.of("a".repeat(39)),
                SnapshotId.of("a".repeat(40)));
        for (SnapshotId id : ids) {
            lab().write(volume, "at " + id);
            cut(volume, id);
        }

        assertHolds(volume, ids.toArray(SnapshotId[]::new));
        for (SnapshotId id : ids) {
            restore(volume, id);
            assertContent(volume, "at " + id);
        }
        ids.forEach(id -> delete(volume, id));
        assertNoTraces();
    }

    @Test
    @DisplayName("threads: VMs that are worked on at the same time do not disturb each other")
    final void vmsDoNotDisturbEachOther() throws Exception {
        List<Volume> volumes = List.of(newVolume("vda", "1"), newVolume("vdb", "2"), newVolume("vdc", "3"));
        ExecutorService threads = Executors.newFixedThreadPool(volumes.size());
        try {
            List<CompletableFuture<Void>> runs = new ArrayList<>();
            for (Volume volume : volumes) {
                runs.add(CompletableFuture.runAsync(() -> cutAndRestore(volume), threads));
            }
            CompletableFuture.allOf(runs.toArray(CompletableFuture[]::new)).get(5, TimeUnit.MINUTES);
        } finally {
            threads.shutdownNow();
        }

        for (int i = 0; i < volumes.size(); i++) {
            assertContent(volumes.get(i), String.valueOf(i + 1));
            assertHolds(volumes.get(i), SECOND);
        }
    }

    private void cutAndRestore(Volume volume) {
        cut(volume, FIRST);
        cut(volume, SECOND);
        restore(volume, FIRST);
        delete(volume, FIRST);
    }

    private void assertCancelledCutIsWhole(int look) {
        List<Volume> volumes = twoVolumes();

        boolean finished =
                finishes(() -> driver().cut(volumes, FIRST, call(volumes).cancelAtLook(look)));

        if (finished) {
            volumes.forEach(volume -> assertHolds(volume, FIRST));
        } else {
            volumes.forEach(volume -> assertHolds(volume));
            assertNoTraces();
        }
    }

    private static boolean finishes(Runnable verb) {
        try {
            verb.run();
            return true;
        } catch (CancelledException stopped) {
            return false;
        }
    }
}
