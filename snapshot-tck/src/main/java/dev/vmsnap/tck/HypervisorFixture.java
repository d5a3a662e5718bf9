package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.testkit.TestCall;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** A lab that is open while a sentence is tested, and the phrases that sentences are made of. */
@ExtendWith(ConformanceReport.class)
abstract class HypervisorFixture {
    static final int REPEATS = 3;
    static final SnapshotId FIRST = SnapshotId.of("first");
    static final SnapshotId SECOND = SnapshotId.of("second");

    private @Nullable HypervisorLab open;

    /**
     * Opens the lab that one sentence is tested in.
     *
     * @return the lab; closed after the sentence
     * @throws Exception if it cannot be opened
     */
    protected abstract HypervisorLab openLab() throws Exception;

    @BeforeEach
    final void open() throws Exception {
        open = openLab();
    }

    @AfterEach
    final void close() {
        if (open != null) {
            open.close();
        }
    }

    final HypervisorLab lab() {
        if (open == null) {
            throw new IllegalStateException("no lab is open");
        }
        return open;
    }

    final HypervisorDriver driver() {
        return lab().driver();
    }

    /** Returns the driver in a role; without it the sentence is not claimed. */
    final <T> T in(Class<T> role) {
        HypervisorDriver driver = driver();
        if (!role.isInstance(driver)) {
            Assumptions.abort(driver.id() + " does not claim the role " + role.getSimpleName());
        }
        return role.cast(driver);
    }

    final VmId runningVm() {
        VmId vm = lab().newVm();
        driver().start(vm, false);
        return vm;
    }

    final VmDescription describe(VmId vm) {
        return driver().find(vm).orElseThrow(() -> new AssertionError("the driver does not find " + vm));
    }

    final List<Volume> volumes(VmId vm) {
        return lab().volumes(vm);
    }

    final TestCall call(VmId vm) {
        return new TestCall(describe(vm), driver());
    }

    final void assertPower(VmId vm, PowerState power) {
        assertThat(describe(vm).power()).as("power state of %s", vm).isEqualTo(power);
    }

    final void assertRemembers(VmId vm, String text) {
        assertThat(lab().remembered(vm)).as("what the guest keeps in RAM").isEqualTo(text);
    }

    final void assertContent(VmId vm, String target, String text) {
        assertThat(lab().read(vm, target)).as("what %s holds", target).isEqualTo(text);
    }

    static DriverException assertFails(ThrowingCallable verb) {
        Throwable thrown = catchThrowable(verb);
        assertThat(thrown).as("how the verb failed").isInstanceOf(DriverException.class);
        return (DriverException) thrown;
    }
}
