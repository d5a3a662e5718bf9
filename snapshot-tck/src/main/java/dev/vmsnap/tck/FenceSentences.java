package dev.vmsnap.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.HypervisorDriver.Hold;
import dev.vmsnap.spi.HypervisorDriver.InImageRam;
import dev.vmsnap.spi.HypervisorDriver.InImageSnapshots;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.testkit.TestCall;
import java.time.Duration;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Holds a hypervisor driver to the fence: it changes nothing for a caller whose lease may be over. */
abstract class FenceSentences extends NodeSentences {

    @Test
    @DisplayName("fence: without a lease nothing is done to a VM that runs")
    final void withoutALeaseNothingIsDoneToARunningVm() {
        HypervisorDriver fenced = withoutALease();
        VmId vm = runningVm();
        lab().remember(vm, "r1");
        TestCall call = new TestCall(describe(vm), fenced);

        assertRefused(() -> fenced.stop(vm));
        as(fenced, Hold.class, role -> role.hold(vm));
        as(fenced, InImageSnapshots.class, role -> role.cut(vm, volumes(vm), FIRST, call));
        as(fenced, InImageRam.class, role -> role.save(vm, volumes(vm), FIRST, call));

        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
        if (driver() instanceof InImageSnapshots images) {
            assertThat(images.images(vm))
                    .allSatisfy(image -> assertThat(image.snapshots()).isEmpty());
        }
    }

    @Test
    @DisplayName("fence: without a lease nothing is done to a VM that is off")
    final void withoutALeaseNothingIsDoneToAVmThatIsOff() {
        HypervisorDriver fenced = withoutALease();
        VmId vm = lab().newVm();
        VmConfiguration before = driver().configuration(vm);

        assertRefused(() -> fenced.start(vm, false));
        assertRefused(() -> fenced.define(vm, before));
        assertRefused(() -> fenced.forget(vm));

        assertPower(vm, PowerState.OFF);
        assertThat(driver().configuration(vm)).isEqualTo(before);
    }

    @Test
    @DisplayName("fence: without a lease no command begins, and no file is written or deleted")
    final void withoutALeaseNoCommandBegins() {
        HypervisorDriver fenced = withoutALease();
        String path = lab().directory() + "/file";
        driver().files().write(path, "text".getBytes(UTF_8));

        assertRefused(() -> fenced.commands().run(Command.of("rm", "-f", path)));
        assertRefused(() -> fenced.files().write(path, new byte[0]));
        assertRefused(() -> fenced.files().delete(path));

        assertThat(driver().files().read(path)).hasValue("text".getBytes(UTF_8));
    }

    @Test
    @DisplayName("fence: with a lease everything is as without a fence")
    final void withALeaseEverythingIsDone() {
        VmId vm = lab().newVm();
        try (HypervisorDriver fenced = driver().fencedBy(() -> Duration.ofMinutes(1))) {
            fenced.start(vm, false);
            assertThat(fenced.commands().run(Command.of("false")).exitCode()).isEqualTo(1);
            fenced.stop(vm);
        }

        assertPower(vm, PowerState.OFF);
    }

    /** Returns the driver for a caller without a lease; a driver that fences nothing does not claim it. */
    private HypervisorDriver withoutALease() {
        HypervisorDriver fenced = driver().fencedBy(() -> {
            throw new DriverException("contract", Reason.LEASE_LOST, "the lease is over");
        });
        if (fenced == driver()) {
            Assumptions.abort(driver().id() + " fences nothing");
        }
        return fenced;
    }

    private static <T> void as(HypervisorDriver fenced, Class<T> role, Consumer<T> change) {
        if (role.isInstance(fenced)) {
            assertRefused(() -> change.accept(role.cast(fenced)));
        }
    }

    private static void assertRefused(ThrowingCallable change) {
        assertThat(assertFails(change).reason()).isEqualTo(Reason.LEASE_LOST);
    }
}
