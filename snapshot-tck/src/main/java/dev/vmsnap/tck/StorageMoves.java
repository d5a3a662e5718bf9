package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.Refusal;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Cloning;
import dev.vmsnap.spi.StorageDriver.Portable;
import dev.vmsnap.spi.StorageDriver.Trait;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a storage driver keeps that copies volumes, or hands them to other nodes. */
abstract class StorageMoves extends StorageBounds {

    @Test
    @DisplayName("copy: has what the snapshot has, can be taken away until it is the host's, and then stays")
    final void aCopyCanBeTakenAwayUntilItIsTheHosts() {
        assumeTrue(driver().traits().contains(Trait.CLONE), "the driver does not claim to copy volumes");
        Cloning cloning = (Cloning) driver();
        List<Volume> volumes = twoVolumes();
        List<Volume> first = volumes.subList(0, 1);
        Map<String, String> places = places(volumes);
        cut(volumes, FIRST);
        volumes.forEach(volume -> lab().write(volume, "later"));

        assertThatThrownBy(
                        () -> cloning.copy(volumes, FIRST, places, call(volumes).cancel()))
                .as("copying that was cancelled")
                .isInstanceOf(CancelledException.class);
        cloning.copy(volumes, FIRST, places, call(volumes));
        assertThat(objections(volumes, places)).as("before copies have names").isEmpty();
        cloning.reveal(first, FIRST, places, call(first));
        assertThat(objections(first, places))
                .as("when one has its name")
                .extracting(Refusal::code)
                .containsExactly(Refusal.Code.DESTINATION_INVALID);
        cloning.discard(volumes, FIRST, places, call(volumes));
        assertThat(objections(volumes, places)).as("when they were taken away").isEmpty();

        cloning.copy(volumes, FIRST, places, call(volumes));
        for (int i = 0; i < 2; i++) {
            cloning.reveal(volumes, FIRST, places, call(volumes));
        }
        for (int i = 0; i < 2; i++) {
            cloning.handOver(volumes, FIRST, places, call(volumes));
        }
        cloning.discard(volumes, FIRST, places, call(volumes));
        volumes.forEach(volume -> assertHolds(volume, FIRST));
        delete(volumes, FIRST);

        assertContent(copyOf(volumes.get(0)), "a1");
        assertContent(copyOf(volumes.get(1)), "b1");
        volumes.forEach(volume -> assertContent(volume, "later"));
        volumes.forEach(volume -> lab().destroy(copyOf(volume)));
        assertNoTraces();
    }

    @Test
    @DisplayName("handover: what was let go of can be taken again with its snapshots, however often it is asked")
    final void whatWasLetGoOfCanBeTakenAgain() {
        assumeTrue(driver().traits().contains(Trait.PORTABLE), "the driver does not claim to hand volumes over");
        Portable portable = (Portable) driver();
        List<Volume> volumes = twoVolumes();
        assumeTrue(
                volumes.get(0).kind() != StorageKind.LOCAL_LVM,
                "the driver does not claim to hand over what one node has alone");
        cut(volumes, FIRST);
        volumes.forEach(volume -> lab().write(volume, "later"));

        for (int i = 0; i < 2; i++) {
            portable.release(volumes, call(volumes));
        }
        for (int i = 0; i < 2; i++) {
            portable.adopt(volumes, call(volumes));
        }
        restore(volumes, FIRST);

        assertContent(volumes.get(0), "a1");
        assertContent(volumes.get(1), "b1");
        // As the store knows them: what is gone is absent only if the records beside it prove that its storage is here.
        List<Volume> known =
                volumes.stream().map(volume -> inspect(volume).volume()).toList();
        publish(known, recordOf(VM, known, FIRST));
        lab().destroy(volumes.get(1));
        assertThatThrownBy(() -> portable.adopt(known, call(known)))
                .as("taking what is not there")
                .isInstanceOfSatisfying(DriverException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(DriverException.Reason.MISSING));
    }

    private List<Refusal> objections(List<Volume> volumes, Map<String, String> places) {
        return ((Cloning) driver()).objectionsTo(volumes, Optional.of(FIRST), places, call(volumes));
    }

    private static Volume copyOf(Volume volume) {
        return volume.withSource(volume.source() + "-copy");
    }

    private static Map<String, String> places(List<Volume> volumes) {
        return volumes.stream().collect(Collectors.toMap(Volume::target, volume -> copyOf(volume)
                .source()));
    }
}
