package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.HypervisorDriver.Hold;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What every hypervisor driver must keep. A driver author extends it and opens a {@link HypervisorLab}; each test is one
 * sentence of the contract. Sentences of a role that the driver does not implement are not claimed: they are aborted, and
 * {@code target/conformance.md} names them. Those of a role that it implements must hold. The guest agent, which needs
 * another guest, has a contract of its own: {@link QuiesceContract}.
 */
public abstract class HypervisorDriverContract extends BesideSentences {
    private static final VmId STRANGER = VmId.of("00000000-0000-4000-8000-00000000dead");

    /** For the driver author's class. */
    protected HypervisorDriverContract() {}

    /**
     * Opens a lab for one sentence.
     *
     * @return a lab without VMs of its own; the contract closes it
     * @throws Exception if there is none to be had; the sentence fails
     */
    @Override
    protected abstract HypervisorLab openLab() throws Exception;

    @Test
    @DisplayName("identity: the id is one word, and the version says something")
    final void theIdIsOneWord() {
        assertThat(driver().id()).matches("[a-z][a-z0-9-]*");
        assertThat(driver().version()).isNotBlank();
    }

    @Test
    @DisplayName("find: a VM that no node knows is empty, not an error")
    final void aVmThatNobodyKnowsIsEmpty() {
        assertThat(driver().find(STRANGER)).isEmpty();
    }

    @Test
    @DisplayName("find: tells a VM's power, memory and disks")
    final void findTellsPowerMemoryAndDisks() {
        VmId vm = lab().newVm();

        VmDescription description = describe(vm);

        assertThat(description.id()).isEqualTo(vm);
        assertThat(description.power()).isEqualTo(PowerState.OFF);
        assertThat(description.persistent()).isTrue();
        assertThat(description.memoryBytes()).isPositive();
        assertThat(description.disks()).extracting(VmDescription.Disk::target).contains("vda", "vdb");
        for (Volume volume : volumes(vm)) {
            assertThat(description.disks())
                    .anyMatch(disk -> disk.target().equals(volume.target())
                            && disk.source().equals(Optional.of(volume.source()))
                            && disk.format().equals(Optional.of(volume.format()))
                            && !disk.is(VmDescription.Disk.Flag.READ_ONLY));
        }
    }

    @Test
    @DisplayName("vms: lists every VM, running or not, as find tells it")
    final void everyVmIsListed() {
        VmId off = lab().newVm();
        VmId running = runningVm();

        List<VmDescription> all = driver().vms();

        assertThat(all).extracting(VmDescription::id).contains(off, running).doesNotHaveDuplicates();
        assertThat(all).filteredOn(vm -> vm.id().equals(off)).containsExactly(describe(off));
    }

    @Test
    @DisplayName("start: boots the guest, and asked again changes nothing")
    final void startBootsTheGuest() {
        VmId vm = runningVm();
        lab().remember(vm, "r1");

        driver().start(vm, false);

        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
    }

    @Test
    @DisplayName("start: held, the guest does not run until it is released")
    final void startedHeldTheGuestDoesNotRun() {
        Hold hold = in(Hold.class);
        VmId vm = lab().newVm();

        driver().start(vm, true);
        assertPower(vm, PowerState.PAUSED);
        hold.release(vm);

        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "");
    }

    @Test
    @DisplayName("stop: loses the RAM and keeps the disks, as often as it is asked")
    final void stopLosesTheRamAndKeepsTheDisks() {
        VmId vm = runningVm();
        lab().remember(vm, "r1");
        lab().write(vm, "vda", "a1");

        for (int i = 0; i < REPEATS; i++) {
            driver().stop(vm);
            assertPower(vm, PowerState.OFF);
        }
        driver().start(vm, false);

        assertRemembers(vm, "");
        assertContent(vm, "vda", "a1");
    }

    @Test
    @DisplayName("verbs on a VM that nobody knows fail as MISSING")
    final void verbsOnAStrangerFailAsMissing() {
        List<Runnable> verbs = List.of(
                () -> driver().start(STRANGER, false), () -> driver().stop(STRANGER), () -> driver().configuration(
                                STRANGER));

        for (Runnable verb : verbs) {
            DriverException failure = assertFails(verb::run);
            assertThat(failure.reason()).isEqualTo(DriverException.Reason.MISSING);
            assertThat(failure.driver()).isEqualTo(driver().id());
        }
    }

    @Test
    @DisplayName("configuration: what was read can be defined again, and nothing differs")
    final void whatWasReadCanBeDefinedAgain() {
        VmId vm = lab().newVm();
        VmConfiguration before = driver().configuration(vm);
        VmDescription described = describe(vm);

        for (int i = 0; i < REPEATS; i++) {
            driver().define(vm, before);
        }

        assertThat(driver().differences(before, driver().configuration(vm))).isEmpty();
        assertThat(describe(vm)).isEqualTo(described);
    }

    @Test
    @DisplayName("configuration: starting and stopping makes no difference")
    final void startingAndStoppingMakesNoDifference() {
        VmId vm = lab().newVm();
        VmConfiguration before = driver().configuration(vm);

        driver().start(vm, false);
        assertThat(driver().differences(before, driver().configuration(vm))).isEmpty();
        driver().stop(vm);

        assertThat(driver().differences(before, driver().configuration(vm))).isEmpty();
    }

    @Test
    @DisplayName("configuration: two VMs differ, and each difference is a phrase")
    final void twoVmsDiffer() {
        VmConfiguration one = driver().configuration(lab().newVm());
        VmConfiguration other = driver().configuration(lab().newVm());

        assertThat(driver().differences(one, other)).isNotEmpty().allMatch(phrase -> !phrase.isBlank());
    }

    @Test
    @DisplayName("forget: the VM is unknown, as often as it is asked")
    final void aVmThatWasForgottenIsUnknown() {
        VmId vm = lab().newVm();
        VmId other = lab().newVm();

        for (int i = 0; i < REPEATS; i++) {
            driver().forget(vm);
            assertThat(driver().find(vm)).isEmpty();
        }

        assertThat(driver().find(other)).isPresent();
    }

    @Test
    @DisplayName("forget: what was forgotten can be defined again, with its disks as they were")
    final void whatWasForgottenCanBeDefinedAgain() {
        VmId vm = runningVm();
        lab().write(vm, "vda", "a1");
        driver().stop(vm);
        VmConfiguration configuration = driver().configuration(vm);
        VmDescription described = describe(vm);
        driver().forget(vm);

        driver().define(vm, configuration);

        assertThat(describe(vm)).isEqualTo(described);
        assertThat(driver().differences(configuration, driver().configuration(vm)))
                .isEmpty();
        driver().start(vm, false);
        assertContent(vm, "vda", "a1");
    }

    @Test
    @DisplayName("forget: a VM that is active is not forgotten, and runs on")
    final void aVmThatIsActiveIsNotForgotten() {
        VmId vm = runningVm();
        lab().remember(vm, "r1");

        DriverException failure = assertFails(() -> driver().forget(vm));

        assertThat(failure.reason()).isEqualTo(DriverException.Reason.IN_USE);
        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
    }

    @Test
    @DisplayName("hold: the guest stands still and keeps its RAM, as often as it is asked")
    final void aHeldGuestKeepsItsRam() {
        Hold hold = in(Hold.class);
        VmId vm = runningVm();
        lab().remember(vm, "r1");

        for (int i = 0; i < REPEATS; i++) {
            hold.hold(vm);
            assertPower(vm, PowerState.PAUSED);
        }
        for (int i = 0; i < REPEATS; i++) {
            hold.release(vm);
            assertPower(vm, PowerState.RUNNING);
        }

        assertRemembers(vm, "r1");
    }

    @Test
    @DisplayName("hold: a release tells whether the guest was held until then")
    final void aReleaseTellsWhetherTheGuestWasHeld() {
        Hold hold = in(Hold.class);
        VmId vm = runningVm();
        hold.guard(vm, Duration.ofMinutes(5));
        hold.hold(vm);

        assertThat(hold.release(vm)).isTrue();
        assertThat(hold.release(vm)).isFalse();
        assertPower(vm, PowerState.RUNNING);
    }

    @Test
    @DisplayName("hold: a VM that is off cannot be held")
    final void aVmThatIsOffCannotBeHeld() {
        Hold hold = in(Hold.class);
        VmId vm = lab().newVm();

        assertFails(() -> hold.hold(vm));

        assertPower(vm, PowerState.OFF);
    }
}
