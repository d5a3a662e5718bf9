package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.RamBeside;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What a storage driver must keep that has the trait {@link dev.vmsnap.spi.StorageDriver.Trait#RAM_BESIDE}, on volumes of
 * a VM that is off. Its author extends this besides {@link StorageDriverContract}, with the same lab.
 */
public abstract class RamBesideContract extends StorageFixture {
    private static final long RESERVED = 3 << 20;
    private static final long WRITTEN = (1 << 20) + 1;
    private static final long TOO_MUCH = 1L << 50;

    /** For the driver author's class. */
    protected RamBesideContract() {}

    /**
     * Opens a lab for one sentence.
     *
     * @return a lab with a clean storage, which can {@linkplain StorageLab#writeRam write RAM}; the contract closes it
     * @throws Exception if there is none to be had; the sentence fails
     */
    @Override
    protected abstract StorageLab openLab() throws Exception;

    @Test
    @DisplayName("RAM beside: what was written is there when the next process opens it, with the size that was kept")
    final void whatWasWrittenIsThereWhenItIsOpenedAgain() {
        List<Volume> volumes = twoVolumes();
        for (int i = 0; i < REPEATS; i++) {
            ram().reserveRam(volumes, FIRST, RESERVED, call(volumes));
        }
        lab().writeRam(ram().openRam(volumes, FIRST, call(volumes)), "r1");
        cut(volumes, FIRST);
        ram().keepRam(volumes, FIRST, WRITTEN, call(volumes));

        lab().reopen();

        List<VolumeState> states = driver().inspect(volumes, call(volumes));
        assertThat(states)
                .extracting(state -> part(seen(state), FIRST).ramBytes())
                .as("RAM with the first volume and with the second")
                .containsExactly(WRITTEN, 0L);
        assertThat(lab().readRam(ram().openRam(volumes, FIRST, call(volumes)))).isEqualTo("r1");
        for (int i = 0; i < REPEATS; i++) {
            ram().closeRam(volumes, FIRST, call(volumes));
        }
    }

    @Test
    @DisplayName("RAM beside: a restore of the volumes leaves it as it was")
    final void aRestoreLeavesRamAsItWas() {
        List<Volume> volumes = List.of(newVolume("vda", "v1"));
        keep(volumes);
        cut(volumes, FIRST);
        lab().write(volumes.get(0), "v2");

        restore(volumes, FIRST);

        assertThat(part(inspect(volumes.get(0)), FIRST).ramBytes()).isEqualTo(WRITTEN);
        assertThat(lab().readRam(ram().openRam(volumes, FIRST, call(volumes)))).isEqualTo("r1");
    }

    @Test
    @DisplayName("RAM beside: before it is kept nothing tells of it, and delete takes the place away")
    final void beforeItIsKeptNothingTellsOfIt() {
        List<Volume> volumes = List.of(newVolume("vda", "v1"));
        ram().reserveRam(volumes, FIRST, RESERVED, call(volumes));
        assertHolds(volumes.get(0));
        assertThat(lab().traces()).as("what the lab sees of a place for RAM").isNotEmpty();
        lab().writeRam(ram().openRam(volumes, FIRST, call(volumes)), "r1");
        cut(volumes, FIRST);
        assertThat(part(inspect(volumes.get(0)), FIRST).ramBytes()).isZero();
        ram().closeRam(volumes, FIRST, call(volumes));

        delete(volumes, FIRST);

        assertNoTraces();
    }

    @Test
    @DisplayName("RAM beside: delete takes away what was kept, of the snapshot that is named and no other")
    final void deleteTakesAwayWhatWasKept() {
        List<Volume> volumes = List.of(newVolume("vda", "v1"));
        keep(volumes);
        cut(volumes, FIRST);
        cut(volumes, SECOND);

        delete(volumes, SECOND);
        assertThat(part(inspect(volumes.get(0)), FIRST).ramBytes()).isEqualTo(WRITTEN);
        delete(volumes, FIRST);

        assertNoTraces();
    }

    @Test
    @DisplayName("RAM beside: a place that is too large fails as NO_SPACE and leaves nothing")
    final void aPlaceThatIsTooLargeLeavesNothing() {
        List<Volume> volumes = List.of(newVolume("vda", "v1"));

        DriverException failure = assertFails(() -> ram().reserveRam(volumes, FIRST, TOO_MUCH, call(volumes)));

        assertThat(failure.reason()).isEqualTo(DriverException.Reason.NO_SPACE);
        assertNoTraces();
    }

    @Test
    @DisplayName("RAM beside: a place that nobody has reserved fails as MISSING")
    final void aPlaceThatNobodyHasReservedIsMissing() {
        List<Volume> volumes = List.of(newVolume("vda", "v1"));

        DriverException failure = assertFails(() -> ram().openRam(volumes, FIRST, call(volumes)));

        assertThat(failure.reason()).isEqualTo(DriverException.Reason.MISSING);
        ram().closeRam(volumes, FIRST, call(volumes));
    }

    private void keep(List<Volume> volumes) {
        ram().reserveRam(volumes, FIRST, RESERVED, call(volumes));
        lab().writeRam(ram().openRam(volumes, FIRST, call(volumes)), "r1");
        ram().keepRam(volumes, FIRST, WRITTEN, call(volumes));
    }

    private RamBeside ram() {
        assertThat(driver().traits()).as("traits").contains(Trait.RAM_BESIDE);
        return (RamBeside) driver();
    }
}
