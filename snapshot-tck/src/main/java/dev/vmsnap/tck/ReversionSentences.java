package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.HypervisorDriver.GenerationIds;
import dev.vmsnap.spi.HypervisorDriver.GuestClock;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Tests the means by which a hypervisor driver makes a guest notice that it went back in time. */
abstract class ReversionSentences extends AnswerSentences {

    @Test
    @DisplayName("generation ID: a VM that is off and has one gets a new one, each time it is asked")
    final void aNewGenerationIdIsGivenToAVmThatHasOne() {
        GenerationIds ids = in(GenerationIds.class);
        VmId vm = lab().newVm();
        Supplier<String> reader = reader(vm);
        Set<String> seen = new HashSet<>(Set.of(reader.get()));

        for (int i = 0; i < REPEATS; i++) {
            ids.renew(vm);
            assertThat(seen.add(reader.get())).as("the ID is a new one").isTrue();
        }

        assertPower(vm, PowerState.OFF);
        assertThat(describe(vm).traits().contains(VmDescription.Trait.GENERATION_ID))
                .isTrue();
    }

    @Test
    @DisplayName("generation ID: a VM that has none stays as it is")
    final void aVmWithoutAGenerationIdStaysAsItIs() {
        GenerationIds ids = in(GenerationIds.class);
        VmId vm = lab().newVm();
        if (describe(vm).traits().contains(VmDescription.Trait.GENERATION_ID)) {
            Assumptions.abort("the lab does not claim a VM without a generation ID");
        }
        VmConfiguration before = driver().configuration(vm);
        VmDescription described = describe(vm);

        ids.renew(vm);

        assertThat(driver().differences(before, driver().configuration(vm))).isEmpty();
        assertThat(describe(vm)).isEqualTo(described);
    }

    @Test
    @DisplayName("generation ID: a VM that is active keeps its own and runs on")
    final void aVmThatIsActiveKeepsItsGenerationId() {
        GenerationIds ids = in(GenerationIds.class);
        VmId vm = lab().newVm();
        Supplier<String> reader = reader(vm);
        driver().start(vm, false);
        lab().remember(vm, "r1");
        String before = reader.get();

        assertFails(() -> ids.renew(vm));

        assertThat(reader.get()).isEqualTo(before);
        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
    }

    @Test
    @DisplayName("guest clock: setting it without an agent fails, and the guest runs on")
    final void settingTheClockWithoutAnAgentFails() {
        GuestClock clock = in(GuestClock.class);
        VmId vm = lab().newVmWithoutAgent()
                .orElseGet(() -> Assumptions.abort("the lab does not claim a guest without an agent"));
        driver().start(vm, false);
        lab().remember(vm, "r1");

        for (int i = 0; i < REPEATS; i++) {
            assertFails(() -> clock.set(vm));
        }

        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
    }

    private Supplier<String> reader(VmId vm) {
        return lab().giveGenerationId(vm)
                .orElseGet(() -> Assumptions.abort("the lab does not claim to give a VM a generation ID"));
    }
}
