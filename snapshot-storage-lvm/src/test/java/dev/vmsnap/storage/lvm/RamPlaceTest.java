package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.Bench.FIRST;
import static dev.vmsnap.storage.lvm.CutTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Volume;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RamPlaceTest {
    private static final long MIB = 1 << 20;

    private final Bench bench = new Bench();

    @Test
    void thePlaceIsBesideTheFirstDiskAndClosed() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thin("b"));

        bench.driver.reserveRam(volumes, FIRST, 9 * MIB, bench);

        SimulatedVolume place =
                bench.lvm.get(Names.ram(Scene.path(volumes.get(0)), FIRST).name());
        assertThat(place.kind).isEqualTo(SimulatedVolume.Kind.LINEAR);
        assertThat(place.extents).isEqualTo(3);
        assertThat(place.active).isFalse();
        assertThat(place.skipsActivation).isTrue();
        assertThat(place.tags).containsExactly(Owner.of(bench).tag());
    }

    @Test
    void besideAThinDiskItIsInItsPool() {
        List<Volume> volumes = List.of(bench.thin("b"));

        bench.driver.reserveRam(volumes, FIRST, 9 * MIB, bench);

        assertThat(bench.lvm.get(Names.ram(Scene.path(volumes.get(0)), FIRST).name()).pool)
                .isSameAs(bench.lvm.get("pool"));
    }

    @Test
    void askedAgainItKeepsThePlaceAndMakesItLargerIfNeedBe() {
        List<Volume> volumes = List.of(bench.thick("a"));
        String ram = Names.ram(Scene.path(volumes.get(0)), FIRST).name();
        bench.driver.reserveRam(volumes, FIRST, 9 * MIB, bench);
        bench.driver.reserveRam(volumes, FIRST, 5 * MIB, bench);
        assertThat(bench.lvm.get(ram).extents).isEqualTo(3);

        bench.driver.reserveRam(volumes, FIRST, 17 * MIB, bench);

        assertThat(bench.lvm.get(ram).extents).isEqualTo(5);
    }

    @Test
    void tooLittleRoomIsSaidAndNothingIsLeft() {
        List<Volume> thick = List.of(bench.thick("a"));
        List<Volume> thin = List.of(bench.thin("b"));
        bench.lvm.get("pool").dataPercent = 80;

        assertFails(Reason.NO_SPACE, () -> bench.driver.reserveRam(thick, FIRST, 1L << 50, bench));
        assertFails(Reason.NO_SPACE, () -> bench.driver.reserveRam(thin, FIRST, 16 * MIB, bench));

        assertThat(bench.lvm.ran).isEmpty();
        bench.driver.reserveRam(thin, FIRST, 12 * MIB, bench);
    }

    @Test
    void whatIsNotNeededIsGivenBackAndThePlaceIsClosed() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.cut(volumes, FIRST);
        bench.driver.reserveRam(volumes, FIRST, 40 * MIB, bench);
        assertThat(bench.driver.openRam(volumes, FIRST, bench))
                .isEqualTo(Names.ram(Scene.path(volumes.get(0)), FIRST).device());
        assertThat(ramBytes(volumes)).isZero();
        bench.lvm.processes.clear();

        bench.driver.keepRam(volumes, FIRST, 4 * MIB + 1, bench);

        assertThat(bench.lvm.processes).containsExactly("lvs", "lvm");
        SimulatedVolume place =
                bench.lvm.get(Names.ram(Scene.path(volumes.get(0)), FIRST).name());
        assertThat(place.extents).isEqualTo(2);
        assertThat(place.active).isFalse();
        assertThat(ramBytes(volumes)).isEqualTo(4 * MIB + 1);
    }

    @Test
    void keptAgainTheLastSizeCounts() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.cut(volumes, FIRST);
        bench.driver.reserveRam(volumes, FIRST, 8 * MIB, bench);
        bench.driver.keepRam(volumes, FIRST, 7 * MIB, bench);

        bench.driver.keepRam(volumes, FIRST, 5 * MIB, bench);

        assertThat(ramBytes(volumes)).isEqualTo(5 * MIB);
    }

    @Test
    void moreThanThePlaceHoldsCannotHaveBeenWritten() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.driver.reserveRam(volumes, FIRST, 4 * MIB, bench);

        assertFails(Reason.BROKEN, () -> bench.driver.keepRam(volumes, FIRST, 4 * MIB + 1, bench));
    }

    @Test
    void aPlaceIsClosedAfterItWasReadAsOftenAsAsked() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.driver.reserveRam(volumes, FIRST, 4 * MIB, bench);
        bench.driver.keepRam(volumes, FIRST, 4 * MIB, bench);
        bench.driver.openRam(volumes, FIRST, bench);

        bench.driver.closeRam(volumes, FIRST, bench);
        bench.driver.closeRam(volumes, FIRST, bench);

        assertThat(bench.lvm.get(Names.ram(Scene.path(volumes.get(0)), FIRST).name()).active)
                .isFalse();
    }

    @Test
    void openingThePlaceMakesADiskReadyThatWasInactive() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.driver.reserveRam(volumes, FIRST, 4 * MIB, bench);
        bench.lvm.get("a").active = false;

        bench.driver.openRam(volumes, FIRST, bench);

        assertThat(bench.lvm.get("a").active).isTrue();
    }

    @Test
    void aPlaceThatOnlyLooksLikeOursIsNeitherOpenedNorTaken() {
        List<Volume> volumes = List.of(bench.thick("a"));
        SimulatedVolume theirs =
                bench.lvm.linear(Names.ram(Scene.path(volumes.get(0)), FIRST).name(), 9);
        theirs.active = false;

        assertFails(Reason.BROKEN, () -> bench.driver.reserveRam(volumes, FIRST, MIB, bench));
        assertFails(Reason.MISSING, () -> bench.driver.openRam(volumes, FIRST, bench));
        assertFails(Reason.MISSING, () -> bench.driver.keepRam(volumes, FIRST, MIB, bench));
        bench.driver.closeRam(volumes, FIRST, bench);

        assertThat(bench.lvm.ran).isEmpty();
    }

    private long ramBytes(List<Volume> volumes) {
        return bench.inspect(volumes.get(0)).snapshots().get(FIRST).ramBytes();
    }
}
