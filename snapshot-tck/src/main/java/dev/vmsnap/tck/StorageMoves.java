package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.Refusal;
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
abstract class StorageMoves extends StorageTruths {

    @Test
    @DisplayName("copy: has what the snapshot has, is hidden until it has its name, and then is the host's")
    final void aCopyIsHiddenThenHasItsNameAndThenIsTheHosts() {
        assumeTrue(driver().traits().contains(Trait.CLONE), "the driver does not claim to copy volumes");
        Cloning cloning = (Cloning) driver();
        List<Volume> volumes = twoVolumes();
        Map<String, String> places = places(volumes);
        cut(volumes, FIRST);
        volumes.forEach(volume -> lab().write(volume, "later"));

        assertThat(objections(volumes, places)).as("what stands against it").isEmpty();
        for (int i = 0; i < 2; i++) {
            cloning.copy(volumes, FIRST, places, call(volumes));
        }
        assertThat(objections(volumes, places)).as("before it has its name").isEmpty();
        for (int i = 0; i < 2; i++) {
            cloning.reveal(volumes, FIRST, places, call(volumes));
        }
        assertThat(objections(volumes, places))
                .as("when it has its name")
                .hasSize(2)
                .allSatisfy(refusal -> assertThat(refusal.code()).isEqualTo(Refusal.Code.DESTINATION_INVALID));
        for (int i = 0; i < 2; i++) {
            cloning.handOver(volumes, FIRST, places, call(volumes));
        }
        cloning.discard(volumes, FIRST, places, call(volumes));
        delete(volumes, FIRST);

        assertContent(copyOf(volumes.get(0)), "a1");
        assertContent(copyOf(volumes.get(1)), "b1");
        volumes.forEach(volume -> assertContent(volume, "later"));
        volumes.forEach(volume -> lab().destroy(copyOf(volume)));
        assertNoTraces();
    }

    @Test
    @DisplayName("copy: before it is the host's it is taken away, whole or half, and nobody else's volume is")
    final void aCopyIsTakenAwayUntilItIsTheHosts() {
        assumeTrue(driver().traits().contains(Trait.CLONE), "the driver does not claim to copy volumes");
        Cloning cloning = (Cloning) driver();
        List<Volume> volumes = twoVolumes();
        Map<String, String> places = places(volumes);
        List<Volume> first = volumes.subList(0, 1);
        cut(volumes, FIRST);

        cloning.discard(volumes, FIRST, places, call(volumes));
        cloning.copy(volumes, FIRST, places, call(volumes));
        cloning.reveal(first, FIRST, places, call(first));
        for (int i = 0; i < 2; i++) {
            cloning.discard(volumes, FIRST, places, call(volumes));
        }
        assertThat(objections(volumes, places)).as("when it was taken away").isEmpty();

        assertThatThrownBy(
                        () -> cloning.copy(volumes, FIRST, places, call(volumes).cancel()))
                .as("copying that was cancelled")
                .isInstanceOf(CancelledException.class);
        cloning.discard(volumes, FIRST, places, call(volumes));
        Map<String, String> taken = Map.of("vda", volumes.get(1).source());
        assertThat(cloning.objectionsTo(first, Optional.of(FIRST), taken, call(first)))
                .as("what stands against a place that is taken")
                .isNotEmpty();
        volumes.forEach(volume -> assertHolds(volume, FIRST));
        assertContent(volumes.get(0), "a1");
        delete(volumes, FIRST);
        assertNoTraces();
    }

    @Test
    @DisplayName("handover: what was let go of can be taken again with its snapshots, however often it is asked")
    final void whatWasLetGoOfCanBeTakenAgain() {
        assumeTrue(driver().traits().contains(Trait.PORTABLE), "the driver does not claim to hand volumes over");
        Portable portable = (Portable) driver();
        List<Volume> volumes = twoVolumes();
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
        lab().destroy(volumes.get(1));
        assertThatThrownBy(() -> portable.adopt(volumes, call(volumes)))
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
