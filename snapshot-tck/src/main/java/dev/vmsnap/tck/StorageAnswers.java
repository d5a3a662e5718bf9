package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.tck.StorageLab.Disturbance;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The three answers of a storage driver: a volume is seen, it is absent with proof, or nothing is known of it. */
abstract class StorageAnswers extends StorageFences {
    private static final Set<Reason> UNKNOWN =
            EnumSet.of(Reason.UNREACHABLE, Reason.DENIED, Reason.TOOL_MISSING, Reason.TIMEOUT, Reason.BROKEN);

    @Test
    @DisplayName("inspect: a volume that is gone is absent, and nothing stands against deleting it")
    final void aVolumeThatIsGoneIsAbsent() {
        // As the store knows it: with its location, and with records beside it.
        Volume volume = inspect(newVolume("vda", "v1")).volume();
        publish(List.of(volume), recordOf(VM, List.of(volume), FIRST));
        lab().destroy(volume);

        VolumeState state = state(volume);

        assertThat(state).isInstanceOf(VolumeState.Absent.class);
        assertThat(state.objectionsTo(Verb.DELETE)).isEmpty();
        assertThat(((VolumeState.Absent) state).why().remedy()).isNotBlank();
        delete(volume, FIRST);
    }

    @Test
    @DisplayName("inspect: a volume whose storage is away is unknown, and is seen again when it is back")
    final void aVolumeWhoseStorageIsAwayIsUnknown() {
        assertUnknownDuring(Disturbance.AWAY);
    }

    @Test
    @DisplayName("inspect: a volume that the node may not read is unknown, and is seen again when it may")
    final void aVolumeThatTheNodeMayNotReadIsUnknown() {
        assertUnknownDuring(Disturbance.DENIED);
    }

    @Test
    @DisplayName("inspect: a volume is unknown while a tool is missing, and is seen again when it is there")
    final void aVolumeIsUnknownWhileAToolIsMissing() {
        assertUnknownDuring(Disturbance.TOOL_MISSING);
    }

    @Test
    @DisplayName("inspect: a volume is unknown while a tool fails, and is seen again when it works")
    final void aVolumeIsUnknownWhileAToolFails() {
        assertUnknownDuring(Disturbance.TOOL_FAILING);
    }

    @Test
    @DisplayName("inspect: a volume that never answers is unknown within the deadline of the driver")
    final void aVolumeThatNeverAnswersIsUnknown() {
        assertUnknownDuring(Disturbance.HANGING);
    }

    @Test
    @DisplayName("inspect: what cannot be inspected leaves no trace, and what is seen neither")
    final void anInspectionLeavesNoTrace() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);
        List<String> before = lab().traces();

        driver().claim(diskOf(volume), call(volume));
        driver().inspect(List.of(volume), call(volume));
        driver().examine(List.of(volume), call(volume));
        for (Disturbance kind : Disturbance.values()) {
            Optional<Runnable> end = lab().disturb(kind, volume);
            if (end.isPresent()) {
                try {
                    answer(volume);
                    driver().examine(List.of(volume), call(volume));
                } finally {
                    end.get().run();
                }
            }
        }

        assertThat(lab().traces()).as("what is on the storage").isEqualTo(before);
        assertContent(volume, "v1");
    }

    @Test
    @DisplayName("inspect: two volumes with one target and different sources have states of their own")
    final void twoVolumesWithOneTargetHaveStatesOfTheirOwn() {
        Volume one = newVolume("vda", "v1");
        Volume other = renamed(newVolume("vdb", "b1"), "vda");
        cut(one, FIRST);
        driver().prepare(List.of(other), SECOND, call(one));
        driver().cut(List.of(other), SECOND, call(one));

        List<VolumeState> states = driver().inspect(List.of(one, other), call(one));

        assertThat(states).extracting(state -> state.volume().source()).containsExactly(one.source(), other.source());
        assertThat(seen(states.get(0)).snapshots()).containsOnlyKeys(FIRST);
        assertThat(seen(states.get(1)).snapshots()).containsOnlyKeys(SECOND);

        lab().destroy(one);
        assertThat(driver().inspect(List.of(one, other), call(one)))
                .extracting(state -> state.objectionsTo(Verb.RESTORE).isEmpty())
                .as("whether nothing stands against the states when the first is destroyed")
                .containsExactly(false, true);
        assertHolds(other, SECOND);
    }

    @Test
    @DisplayName(
            "inspect: the chain below an image is told, is the same after a cut, and another one when it is rebased")
    final void theChainBelowAnImageIsTold() {
        Assumptions.assumeTrue(
                driver().traits().contains(StorageDriver.Trait.IN_IMAGE),
                "the driver does not claim to keep snapshots in images");
        Volume volume = newVolume("vda", "v1");
        Chain before = chain(volume);

        cut(volume, FIRST);
        assertThat(chain(volume).differenceFrom(before)).as("after a cut").isEmpty();
        restore(volume, FIRST);
        assertThat(chain(volume).differenceFrom(before)).as("after a restore").isEmpty();

        Assumptions.assumeTrue(lab().rebase(volume), "the lab does not claim to rebase images");
        assertThat(chain(volume).differenceFrom(before)).as("after a rebase").isPresent();
    }

    @Test
    @DisplayName("delete: of a volume that cannot be inspected fails, deletes nothing, and deletes it when asked again")
    final void aDeleteOfWhatCannotBeInspectedFails() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);
        List<Disturbance> tried = new ArrayList<>();

        for (Disturbance kind : Disturbance.values()) {
            Optional<Runnable> end = lab().disturb(kind, volume);
            if (end.isPresent()) {
                tried.add(kind);
                try {
                    DriverException failure = assertFails(() -> delete(volume, FIRST));
                    assertThat(failure.reason()).as("why, %s", kind).isIn(UNKNOWN);
                } finally {
                    end.get().run();
                }
                assertHolds(volume, FIRST);
            }
        }
        delete(volume, FIRST);

        assertHolds(volume);
        assertNoTraces();
        Assumptions.assumeFalse(tried.isEmpty(), "the lab does not claim to keep its driver from inspecting a volume");
    }

    @Test
    @DisplayName("delete: asked while a tool fails for one volume it tells nothing as gone that is still there")
    final void aDeleteTellsNothingAsGoneThatIsStillThere() {
        for (int failing = 0; failing < 2; failing++) {
            List<Volume> volumes =
                    failing == 0 ? twoVolumes() : List.of(newVolume("vdc", "c1"), newVolume("vdd", "d1"));
            cut(volumes, FIRST);
            Runnable end = disturb(Disturbance.TOOL_FAILING, volumes.get(failing));
            try {
                for (int i = 0; i < REPEATS; i++) {
                    assertFails(() -> delete(volumes, FIRST));
                }
            } finally {
                end.run();
            }
            assertHolds(volumes.get(failing), FIRST);

            delete(volumes, FIRST);

            volumes.forEach(volume -> assertHolds(volume));
        }
        assertNoTraces();
    }

    private void assertUnknownDuring(Disturbance kind) {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);
        cut(volume, SECOND);
        Runnable end = disturb(kind, volume);
        try {
            VolumeState state = answer(volume);

            assertThat(state).as("the answer, %s", kind).isInstanceOf(VolumeState.Unknown.class);
            assertThat(state.volume().source()).isEqualTo(volume.source());
            Refusal why = ((VolumeState.Unknown) state).why();
            assertThat(why.message()).as("the message").isNotBlank();
            assertThat(why.remedy()).as("the remedy").isNotBlank();
        } finally {
            end.run();
        }
        assertHolds(volume, FIRST, SECOND);
        restore(volume, FIRST);
        assertContent(volume, "v1");
    }

    private Runnable disturb(Disturbance kind, Volume volume) {
        return lab().disturb(kind, volume)
                .orElseGet(() -> Assumptions.abort("the lab does not claim to make volumes " + kind));
    }

    /** The answer of the driver, which must come before the patience of the lab ends. */
    private VolumeState answer(Volume volume) {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            return thread.submit(() -> state(volume)).get(lab().patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } catch (Exception e) {
            throw new AssertionError("inspect gave no answer: " + e, e);
        } finally {
            thread.shutdownNow();
        }
    }

    private Chain chain(Volume volume) {
        return inspect(volume)
                .volume()
                .chain()
                .orElseThrow(() -> new AssertionError("no chain is told of " + volume.source()));
    }

    private static Volume renamed(Volume volume, String target) {
        return new Volume(
                target, volume.source(), volume.format(), volume.kind(), volume.storage(), volume.virtualBytes());
    }
}
