package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.HypervisorDriver.Hold;
import dev.vmsnap.spi.HypervisorDriver.RamBeside;
import dev.vmsnap.spi.VmConfiguration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a hypervisor driver must keep that claims to save RAM to a place of its own beside the disks. */
abstract class BesideSentences extends ImageSentences {
    private static final long PLENTY = 2L << 30;
    private static final long TOO_LITTLE = 1L << 16;

    @Test
    @DisplayName("RAM beside: a save keeps the guest held, and tells how much it takes")
    final void aSaveKeepsTheGuestHeld() {
        in(RamBeside.class);
        VmId vm = heldVm();

        assertThat(save(vm, lab().newRamPlace(PLENTY))).isPositive().isLessThanOrEqualTo(PLENTY);

        assertPower(vm, PowerState.PAUSED);
    }

    @Test
    @DisplayName("RAM beside: a guest that was saved goes on where it was once it is released")
    final void aGuestThatWasSavedGoesOn() {
        in(RamBeside.class);
        VmId vm = heldVm();
        save(vm, lab().newRamPlace(PLENTY));

        hold().release(vm);

        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
        lab().write(vm, "vda", "a2");
        assertContent(vm, "vda", "a2");
    }

    @Test
    @DisplayName("RAM beside: a guest that runs is not saved, and runs on")
    final void aGuestThatRunsIsNotSaved() {
        in(RamBeside.class);
        VmId vm = runningVm();
        lab().remember(vm, "r1");
        String place = lab().newRamPlace(PLENTY);

        assertFails(() -> save(vm, place));

        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
    }

    @Test
    @DisplayName("RAM beside: a restore continues RAM where it was, twice, with the disks as they are")
    final void aRestoreContinuesRam() {
        in(RamBeside.class);
        VmId vm = heldVm();
        String place = savedPlace(vm);

        for (int i = 0; i < 2; i++) {
            lab().remember(vm, "r2");
            lab().write(vm, "vda", "a2");

            restore(vm, place, PowerState.RUNNING);

            assertPower(vm, PowerState.RUNNING);
            assertRemembers(vm, "r1");
            assertContent(vm, "vda", "a2");
        }
    }

    @Test
    @DisplayName("RAM beside: a restore starts a VM that is off")
    final void aRestoreFromBesideStartsAVmThatIsOff() {
        in(RamBeside.class);
        VmId vm = heldVm();
        String place = savedPlace(vm);
        driver().stop(vm);

        restore(vm, place, PowerState.RUNNING);

        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
    }

    @Test
    @DisplayName("RAM beside: a restore can end with the guest paused, and its RAM there")
    final void aRestoreFromBesideCanEndPaused() {
        in(RamBeside.class);
        VmId vm = heldVm();
        String place = savedPlace(vm);

        restore(vm, place, PowerState.PAUSED);

        assertPower(vm, PowerState.PAUSED);
        hold().release(vm);
        assertRemembers(vm, "r1");
    }

    @Test
    @DisplayName("RAM beside: each place keeps its own RAM")
    final void eachPlaceKeepsItsOwnRam() {
        in(RamBeside.class);
        VmId vm = heldVm();
        String first = savedPlace(vm);
        lab().remember(vm, "r2");
        hold().hold(vm);
        String second = savedPlace(vm);

        restore(vm, first, PowerState.RUNNING);
        assertRemembers(vm, "r1");
        restore(vm, second, PowerState.RUNNING);
        assertRemembers(vm, "r2");
    }

    @Test
    @DisplayName("RAM beside: a restore makes no difference to the configuration")
    final void aRestoreMakesNoDifference() {
        in(RamBeside.class);
        VmId vm = heldVm();
        String place = savedPlace(vm);
        VmConfiguration before = driver().configuration(vm);

        restore(vm, place, PowerState.RUNNING);

        assertThat(driver().differences(before, driver().configuration(vm))).isEmpty();
    }

    @Test
    @DisplayName("RAM beside: a save that is cancelled leaves the guest held, and it can go on")
    final void aSaveThatIsCancelledLeavesTheGuestHeld() {
        in(RamBeside.class);
        VmId vm = heldVm();
        String place = lab().newRamPlace(PLENTY);

        assertThatThrownBy(() -> beside().save(vm, place, call(vm).cancel())).isInstanceOf(CancelledException.class);

        assertPower(vm, PowerState.PAUSED);
        assertGoesOnAndCanBeSaved(vm);
    }

    @Test
    @DisplayName("RAM beside: a place that is too small is NO_SPACE, and the guest stays held and can go on")
    final void aPlaceThatIsTooSmallIsNoSpace() {
        in(RamBeside.class);
        VmId vm = heldVm();
        String small = lab().newRamPlace(TOO_LITTLE);

        DriverException failure = assertFails(() -> save(vm, small));

        assertThat(failure.reason()).isEqualTo(DriverException.Reason.NO_SPACE);
        assertPower(vm, PowerState.PAUSED);
        assertGoesOnAndCanBeSaved(vm);
    }

    @Test
    @DisplayName("RAM beside: a place that holds no RAM brings none back, and the VM stays off")
    final void aPlaceThatHoldsNoRamBringsNoneBack() {
        in(RamBeside.class);
        VmId vm = lab().newVm();
        String empty = lab().newRamPlace(PLENTY);

        assertFails(() -> restore(vm, empty, PowerState.RUNNING));

        assertPower(vm, PowerState.OFF);
        driver().start(vm, false);
        assertRemembers(vm, "");
    }

    private VmId heldVm() {
        Hold hold = hold();
        VmId vm = runningVm();
        lab().remember(vm, "r1");
        hold.hold(vm);
        return vm;
    }

    private String savedPlace(VmId vm) {
        String place = lab().newRamPlace(PLENTY);
        save(vm, place);
        hold().release(vm);
        return place;
    }

    private void assertGoesOnAndCanBeSaved(VmId vm) {
        hold().release(vm);
        assertRemembers(vm, "r1");
        hold().hold(vm);
        String place = savedPlace(vm);
        lab().remember(vm, "r2");
        restore(vm, place, PowerState.RUNNING);
        assertRemembers(vm, "r1");
    }

    private Hold hold() {
        return in(Hold.class);
    }

    private RamBeside beside() {
        return in(RamBeside.class);
    }

    private long save(VmId vm, String place) {
        return beside().save(vm, place, call(vm));
    }

    private void restore(VmId vm, String place, PowerState power) {
        VmConfiguration configuration = driver().configuration(vm);
        beside().restore(vm, place, configuration, power, call(vm));
    }
}
