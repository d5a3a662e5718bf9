package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class WorkersTest {
    @Test
    void aCallThatDoesNotComeBackIsGivenUp() {
        CountDownLatch never = new CountDownLatch(1);

        assertThatThrownBy(() -> Workers.call("wait", Duration.ofMillis(50), () -> {
                    never.await();
                    return 1;
                }))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT))
                .hasMessageContaining("wait");
        never.countDown();
    }

    @Test
    void tellsWhetherATaskHasEndedHoweverItEnded() {
        CountDownLatch never = new CountDownLatch(1);

        assertThat(Workers.ended(Workers.submit(() -> 1), Duration.ofSeconds(10)))
                .isTrue();
        assertThat(Workers.ended(
                        Workers.submit(() -> {
                            throw new IllegalStateException();
                        }),
                        Duration.ofSeconds(10)))
                .isTrue();
        assertThat(Workers.ended(
                        Workers.submit(() -> {
                            never.await();
                            return 1;
                        }),
                        Duration.ofMillis(20)))
                .isFalse();
        never.countDown();
    }

    @Test
    void runsOnDaemonsSoThatNoHungCallKeepsTheProcessAlive() {
        assertThat(Workers.call("ask", Duration.ofSeconds(10), () -> Thread.currentThread()
                        .isDaemon()))
                .isTrue();
    }

    @Test
    void aFailureIsTheCallersFailure() {
        assertThatThrownBy(() -> Workers.call("ask", Duration.ofSeconds(10), () -> {
                    throw new IllegalStateException("mine");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("mine");
    }

    @Test
    void aLibraryThatCannotBeLoadedIsAFailureThatNamesIt() {
        failsToLoad("Unable to load library 'virt': libvirt.so: cannot open shared object file", "libvirt.so.0");
        failsToLoad("Unable to load library 'virt-qemu'", "libvirt-qemu.so.0");
        failsToLoad("Could not initialize class com.sun.jna.Native", "jna.tmpdir");
    }

    private static void failsToLoad(String said, String named) {
        assertThatThrownBy(() -> Workers.call("ask", Duration.ofSeconds(10), () -> {
                    throw new UnsatisfiedLinkError(said);
                }))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOOL_MISSING))
                .hasMessageContaining(named);
    }

    @Test
    void anInterruptDoesNotBreakTheCallOffAndIsKept() {
        Thread.currentThread().interrupt();

        assertThat(Workers.<Integer>call("ask", Duration.ofSeconds(10), () -> 7))
                .isEqualTo(7);

        assertThat(Thread.interrupted()).isTrue();
    }
}
