package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a storage driver says and keeps: who it is, what it sees, what outlives it, and what it leaves behind. */
abstract class StorageTruths extends StorageAnswers {

    @Test
    @DisplayName("identity: the id is one stable word, and the traits never change")
    final void theIdIsOneStableWord() {
        String id = driver().id();
        Set<StorageDriver.Trait> traits = driver().traits();
        lab().reopen();

        assertThat(id).matches("[a-z][a-z0-9-]*");
        assertThat(driver().id()).isEqualTo(id);
        assertThat(driver().traits()).isEqualTo(traits);
    }

    @Test
    @DisplayName("claim: its own volumes, with the kind that they are")
    final void itClaimsItsOwnVolumes() {
        Volume volume = newVolume("vda", "v1");

        assertThat(driver().claim(diskOf(volume), call(volume))).contains(volume.kind());
        assertThat(volume.storage()).isEqualTo(driver().id());
    }

    @Test
    @DisplayName("claim: no disk of Ceph")
    final void itClaimsNoDiskOfCeph() {
        VmDescription.Disk ceph = new VmDescription.Disk(
                "vdx",
                VmDescription.Device.DISK,
                VmDescription.SourceType.RBD,
                Optional.of("rbd:pool/image"),
                Optional.of("raw"));

        assertThat(driver().claim(ceph, call(List.of()))).isEmpty();
    }

    @Test
    @DisplayName("inspect: tells the snapshots that there are, without RAM, and no others")
    final void inspectTellsTheSnapshotsThatThereAre() {
        Volume volume = newVolume("vda", "v1");
        assertHolds(volume);

        cut(volume, FIRST);
        cut(volume, SECOND);
        assertHolds(volume, FIRST, SECOND);
        assertThat(inspect(volume).snapshots().values())
                .allSatisfy(part -> assertThat(part.ramBytes()).isZero())
                .allSatisfy(part -> assertThat(part.flaw()).isEmpty());

        delete(volume, FIRST);
        assertHolds(volume, SECOND);
    }

    @Test
    @DisplayName("inspect: tells the parts of each volume apart")
    final void inspectTellsTheVolumesApart() {
        List<Volume> volumes = twoVolumes();
        cut(volumes.get(1), FIRST);

        List<VolumeState> states = driver().inspect(volumes, call(volumes));

        assertThat(states).extracting(state -> state.volume().target()).containsExactly("vda", "vdb");
        assertThat(seen(states.get(0)).snapshots()).isEmpty();
        assertThat(seen(states.get(1)).snapshots()).containsOnlyKeys(FIRST);
    }

    @Test
    @DisplayName("inspect: gives the size, and figures of space that can be")
    final void inspectGivesFiguresThatCanBe() {
        VolumeState.Seen state = inspect(newVolume("vda", "v1"));

        assertThat(state.volume().virtualBytes().orElse(0)).as("size").isPositive();
        assertThat(state.store()).as("name of the pool of space").isNotBlank();
        assertThat(state.freeBytes()).as("free bytes").isPositive();
        assertThat(state.neededBytes()).as("needed bytes").isNotNegative();
        assertThat(state.leakedBytes()).as("leaked bytes").isZero();
        assertThat(state.foreign()).as("foreign snapshots").isEmpty();
    }

    @Test
    @DisplayName("inspect: tells of a sound part that it can be used, with figures that can be")
    final void inspectGivesFiguresOfAPartThatCanBe() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);
        lab().write(volume, "v2");

        VolumeState.Part part = part(inspect(volume), FIRST);

        assertThat(part.flaw()).as("flaw").isEmpty();
        assertThat(part.usedBytes().orElse(0)).as("used bytes").isNotNegative();
        assertThat(part.roomBytes().orElse(Long.MAX_VALUE))
                .as("room in bytes")
                .isPositive()
                .isGreaterThanOrEqualTo(part.usedBytes().orElse(0));
    }

    @Test
    @DisplayName("inspect: finds nothing against any verb on a sound volume")
    final void inspectFindsNothingAgainstASoundVolume() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);

        for (Verb verb : List.of(Verb.CREATE, Verb.RESTORE, Verb.DELETE)) {
            assertThat(inspect(volume).objectionsTo(verb))
                    .as("objections to %s", verb)
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("inspect: objects to using a volume that is gone, and does not fail")
    final void inspectObjectsToAVolumeThatIsGone() {
        List<Volume> volumes = twoVolumes();
        lab().destroy(volumes.get(0));

        List<VolumeState> states = driver().inspect(volumes, call(volumes));

        assertThat(states.get(0).objectionsTo(Verb.CREATE))
                .as("objections to CREATE")
                .isNotEmpty();
        assertThat(states.get(0).objectionsTo(Verb.RESTORE))
                .as("objections to RESTORE")
                .isNotEmpty();
        assertThat(states.get(1).objectionsTo(Verb.CREATE))
                .as("objections to the other volume")
                .isEmpty();
    }

    @Test
    @DisplayName("inspect: changes nothing")
    final void inspectChangesNothing() {
        Volume volume = newVolume("vda", "v1");

        inspect(volume);
        inspect(volume);

        assertContent(volume, "v1");
        assertNoTraces();
    }

    @Test
    @DisplayName("durability: the next process finds every snapshot and can restore it")
    final void theNextProcessFindsEverySnapshot() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);
        lab().write(volume, "v2");

        lab().reopen();
        assertHolds(volume, FIRST);
        restore(volume, FIRST);

        assertContent(volume, "v1");
    }

    @Test
    @DisplayName("durability: the next process can delete every snapshot")
    final void theNextProcessCanDeleteEverySnapshot() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);

        lab().reopen();
        delete(volume, FIRST);

        assertNoTraces();
    }

    @Test
    @DisplayName("cleanliness: when every snapshot is deleted nothing is left but the volumes")
    final void nothingIsLeftButTheVolumes() {
        List<Volume> volumes = twoVolumes();
        cut(volumes, FIRST);
        cut(volumes, SECOND);
        restore(volumes, FIRST);
        assertThat(lab().traces()).as("what the lab sees of two snapshots").isNotEmpty();

        delete(volumes, FIRST);
        delete(volumes, SECOND);

        assertNoTraces();
        assertContent(volumes.get(0), "a1");
        assertContent(volumes.get(1), "b1");
    }

    @Test
    @DisplayName("reclaim: keeps contents and snapshots, as often as it is asked")
    final void reclaimKeepsContentsAndSnapshots() {
        Volume volume = newVolume("vda", "v1");
        cut(volume, FIRST);
        lab().write(volume, "v2");

        for (int i = 0; i < REPEATS; i++) {
            driver().reclaim(List.of(volume), call(volume));
        }

        assertContent(volume, "v2");
        assertHolds(volume, FIRST);
        restore(volume, FIRST);
        assertContent(volume, "v1");
    }
}
