package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.HypervisorDriver.Quiesce;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What a hypervisor driver with the role {@link Quiesce} must keep. The lab's guests need an agent that can freeze file
 * systems.
 */
public abstract class QuiesceContract extends HypervisorFixture {
    private static final Duration FREEZE_DEADLINE = Duration.ofSeconds(30);

    /** For the driver author's class. */
    protected QuiesceContract() {}

    /**
     * Opens a lab for one sentence.
     *
     * @return a lab without VMs of its own, whose guests have an agent; the contract closes it
     * @throws Exception if there is none to be had; the sentence fails
     */
    @Override
    protected abstract HypervisorLab openLab() throws Exception;

    @Test
    @DisplayName("quiesce: a guest that was frozen and thawed writes again")
    final void aGuestThatWasThawedWritesAgain() {
        Quiesce quiesce = in(Quiesce.class);
        VmId vm = runningVm();
        lab().remember(vm, "r1");

        quiesce.freeze(vm, FREEZE_DEADLINE);
        assertPower(vm, PowerState.RUNNING);
        quiesce.thaw(vm);

        lab().write(vm, "vda", "a1");
        assertContent(vm, "vda", "a1");
    }

    @Test
    @DisplayName("quiesce: thaw tells whether the guest was frozen, as often as it is asked")
    final void thawTellsWhetherTheGuestWasFrozen() {
        Quiesce quiesce = in(Quiesce.class);
        VmId vm = runningVm();
        lab().remember(vm, "r1");

        for (int i = 0; i < REPEATS; i++) {
            assertThat(quiesce.thaw(vm)).as("thawed when it was not frozen").isFalse();
        }
        for (int i = 0; i < REPEATS; i++) {
            quiesce.freeze(vm, FREEZE_DEADLINE);
            assertThat(quiesce.thaw(vm)).as("thawed when it was frozen").isTrue();
            assertThat(quiesce.thaw(vm)).as("thawed a second time").isFalse();
        }

        assertRemembers(vm, "r1");
    }

    @Test
    @DisplayName("quiesce: a guest that is frozen is not frozen again, and stays frozen")
    final void aGuestThatIsFrozenIsNotFrozenAgain() {
        Quiesce quiesce = in(Quiesce.class);
        VmId vm = runningVm();
        lab().remember(vm, "r1");
        quiesce.freeze(vm, FREEZE_DEADLINE);

        DriverException failure = assertFails(() -> quiesce.freeze(vm, FREEZE_DEADLINE));

        assertThat(failure.reason()).as("why it failed").isEqualTo(DriverException.Reason.IN_USE);
        assertThat(quiesce.thaw(vm)).as("it was frozen until now").isTrue();
    }
}
