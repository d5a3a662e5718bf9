package dev.vmsnap.tck;

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
    @DisplayName("quiesce: thawing a guest that is not frozen is no error")
    final void thawingAGuestThatIsNotFrozenIsNoError() {
        Quiesce quiesce = in(Quiesce.class);
        VmId vm = runningVm();
        lab().remember(vm, "r1");

        for (int i = 0; i < REPEATS; i++) {
            quiesce.thaw(vm);
        }

        assertRemembers(vm, "r1");
    }
}
