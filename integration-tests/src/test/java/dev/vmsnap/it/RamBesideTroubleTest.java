package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.testkit.TestCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong while RAM is written beside the disks: the guest stays held, and can always go on. */
final class RamBesideTroubleTest {
    @RegisterExtension
    final Lab lab = new Lab();

    private BareGuest guest;

    @BeforeEach
    void holdAGuest() {
        guest = BareGuest.boot(lab, BareGuest.raw(lab).withMemory(256, 240));
        guest.kvm().hold(guest.vm());
    }

    @Test
    void aDeviceThatIsTooSmallFailsForWantOfSpaceAndALargerOneDoes() {
        LoopDevice small = LoopDevice.of(lab, 64);

        assertThatThrownBy(() -> guest.kvm().save(guest.vm(), small.path(), guest.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));

        assertStillHeldAndHealthy();
    }

    @Test
    void aFileSystemThatIsFullFailsForWantOfSpaceAndAnotherOneDoes() {
        String target = guest.newTarget(lab.smallFileSystem(64));

        assertThatThrownBy(() -> guest.kvm().save(guest.vm(), target, guest.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));

        assertStillHeldAndHealthy();
    }

    @Test
    void aSaveThatIsCancelledInTheMiddleEndsThere() throws Exception {
        HangingTarget target = HangingTarget.of(lab, guest, 600);
        TestCall call = guest.call();
        CompletableFuture<Throwable> saving = saving(target, call);
        target.hangOnceWrittenTo();
        call.cancel();
        awaitMigration("cancelling");
        target.goOn();

        assertThat(saving.get()).isInstanceOf(CancelledException.class);

        assertThat(magic(Path.of(target.path()))).isEqualTo("LibvirtQemudPart");
        assertStillHeldAndHealthy();
    }

    @Test
    void aCallerWhoseContextFailsLeavesNoSaveBehind() throws Exception {
        HangingTarget target = HangingTarget.of(lab, guest, 600);
        TestCall sound = guest.call();
        DriverCall failing = new FailingReport(sound);
        CompletableFuture<Throwable> saving = saving(target, failing);
        target.hangOnceWrittenTo();
        awaitMigration("cancelling");
        target.goOn();

        assertThat(saving.get()).isInstanceOf(IllegalStateException.class).hasMessage("of the caller's");

        assertStillHeldAndHealthy();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aProcessThatDiesInTheMiddleKeepsNobodyFromReleasingTheGuest(boolean hanging) throws Exception {
        HangingTarget target = HangingTarget.of(lab, guest, 600);
        Process victim = victim(target);
        target.hangOnceWrittenTo();
        victim.destroyForcibly().waitFor();
        if (!hanging) {
            target.goOn();
        }

        KvmHypervisor next = BareGuest.driver(lab);
        next.release(guest.vm());

        guest.tickOn();
        assertThat(guest.power()).isEqualTo(PowerState.RUNNING);
        assertThat(lab.virsh("migrate-getmaxdowntime", guest.guest().name())).isEqualTo("300");
        target.goOn();
        awaitNoJob();
        guest.kvm().hold(guest.vm());
        assertStillHeldAndHealthy();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDaemonThatDiesInTheMiddleLeavesAGuestThatCanGoOn(boolean hanging) throws Exception {
        HangingTarget target = HangingTarget.of(lab, guest, 600);
        CompletableFuture<Throwable> saving = saving(target, guest.call());
        target.hangOnceWrittenTo();
        lab.daemon("kill");
        assertThat(saving.get()).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(Reason.UNREACHABLE));
        if (!hanging) {
            target.goOn();
        }

        lab.daemon("start");

        assertThat(guest.power()).isEqualTo(PowerState.PAUSED);
        guest.kvm().release(guest.vm());
        guest.tickOn();
        target.goOn();
        awaitNoJob();
        guest.kvm().hold(guest.vm());
        assertStillHeldAndHealthy();
    }

    @Test
    void aDaemonThatIsStartedAgainAfterTheSaveKnowsTheGuestAsHeld() {
        guest.kvm().save(guest.vm(), guest.newTarget(), guest.call());

        lab.daemon("kill");
        lab.daemon("start");

        assertThat(guest.power()).isEqualTo(PowerState.PAUSED);
        assertThat(guest.found().job()).isEmpty();
        guest.kvm().release(guest.vm());
        guest.tickOn();
    }

    @Test
    void aTargetThatHangsIsGivenUpAndTheGuestGoesOnWithoutIt() throws Exception {
        HangingTarget target = HangingTarget.of(lab, guest, 600);
        CompletableFuture<Throwable> saving = saving(target, guest.call());
        target.hangOnceWrittenTo();

        assertThat(saving.get()).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(Reason.TIMEOUT));
        guest.kvm().release(guest.vm());

        guest.tickOn();
        assertThat(guest.power()).isEqualTo(PowerState.RUNNING);
        target.goOn();
        awaitNoJob();
        guest.tickOn();
        guest.kvm().hold(guest.vm());
        assertStillHeldAndHealthy();
    }

    @Test
    void aReleaseInTheMiddleEndsTheSave() throws Exception {
        HangingTarget target = HangingTarget.of(lab, guest, 600);
        CompletableFuture<Throwable> saving = saving(target, guest.call());
        target.hangOnceWrittenTo();
        target.goOn();

        guest.kvm().release(guest.vm());

        guest.tickOn();
        assertThat(saving.get()).isInstanceOf(DriverException.class);
    }

    /** A context whose caller throws when it is told of progress. */
    private record FailingReport(DriverCall sound) implements DriverCall {
        @Override
        public VmDescription vm() {
            return sound.vm();
        }

        @Override
        public HypervisorDriver hypervisor() {
            return sound.hypervisor();
        }

        @Override
        public long epoch() {
            return sound.epoch();
        }

        @Override
        public Duration remaining() {
            return sound.remaining();
        }

        @Override
        public String store() {
            return sound.store();
        }

        @Override
        public void report(double fraction) {
            throw new IllegalStateException("of the caller's");
        }

        @Override
        public boolean cancelled() {
            return sound.cancelled();
        }
    }

    /** What the child process does: one save. */
    public static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) {
            KvmHypervisor kvm = KvmHypervisor.connect(arguments[0]);
            VmId vm = VmId.of(arguments[1]);
            kvm.save(vm, arguments[2], new TestCall(kvm.find(vm).orElseThrow(), kvm));
        }
    }

    private Process victim(HangingTarget target) throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        lab.uri(),
                        guest.vm().value(),
                        target.path()))
                .inheritIO()
                .start();
    }

    private CompletableFuture<Throwable> saving(HangingTarget target, DriverCall call) {
        return CompletableFuture.supplyAsync(
                () -> catchThrowable(() -> guest.kvm().save(guest.vm(), target.path(), call)));
    }

    private void assertStillHeldAndHealthy() {
        assertThat(guest.power()).isEqualTo(PowerState.PAUSED);
        guest.kvm().save(guest.vm(), guest.newTarget(), guest.call());
        assertThat(guest.power()).isEqualTo(PowerState.PAUSED);
        guest.kvm().release(guest.vm());
        guest.tickOn();
        lab.virsh("send-key", guest.guest().name(), "KEY_V");
        assertThat(guest.console().awaitRamIntact(BareGuest.PATIENCE)).isTrue();
    }

    /** Waits until QEMU says that of its migration. */
    private void awaitMigration(String status) {
        long end = System.nanoTime() + BareGuest.PATIENCE.toNanos();
        String answer = "";
        while (!answer.contains("\"" + status + "\"")) {
            assertThat(System.nanoTime() - end)
                    .as("the migration is not %s: %s", status, answer)
                    .isNegative();
            answer = lab.virsh("qemu-monitor-command", guest.guest().name(), "{\"execute\":\"query-migrate\"}");
        }
    }

    private void awaitNoJob() {
        long end = System.nanoTime() + BareGuest.PATIENCE.toNanos();
        while (!lab.virsh("domjobinfo", guest.guest().name()).contains("None")) {
            assertThat(System.nanoTime() - end).as("libvirt's job does not end").isNegative();
        }
    }

    private static String magic(Path file) throws IOException {
        try (var stream = Files.newInputStream(file)) {
            return new String(stream.readNBytes(16), StandardCharsets.US_ASCII);
        }
    }
}
