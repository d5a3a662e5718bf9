package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.Console;
import dev.vmsnap.lab.guest.TickerGuest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of the KVM driver when libvirt's daemon dies, comes back, or was never there. */
@Timeout(120)
final class KvmDaemonTest {
    @RegisterExtension
    final Lab lab = new Lab();

    private VmId running() {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 2);
        lab.define(guest);
        lab.virsh("start", guest.name());
        return VmId.of(lab.virsh("domuuid", guest.name()).strip());
    }

    @Test
    void theNextCallAfterARestartWorks() {
        VmId vm = running();
        try (KvmHypervisor kvm = KvmHypervisor.connect(lab.uri())) {
            for (int i = 0; i < 3; i++) {
                kvm.hold(vm);
                lab.daemon("kill");
                lab.daemon("start");
                assertThat(kvm.find(vm).orElseThrow().power()).isEqualTo(PowerState.PAUSED);
                lab.daemon("restart");
                kvm.release(vm);
                assertThat(kvm.images(vm)).hasSize(2);
            }
        }
    }

    @Test
    void aNodeOfTheLabLacksNothingButWhatNobodyHas() {
        try (KvmHypervisor kvm = KvmHypervisor.connect(lab.uri())) {
            assertThat(kvm.lacks(Set.of("qemu-img"))).isEmpty();
            assertThat(kvm.lacks(Set.of("no-such-program"))).containsExactly("there is no program no-such-program");
        }
    }

    @Test
    void aDeadDaemonIsUnreachable() {
        VmId vm = running();
        try (KvmHypervisor kvm = KvmHypervisor.connect(lab.uri())) {
            assertThat(kvm.find(vm)).isPresent();
            lab.daemon("kill");
            lab.cleanUp(() -> lab.daemon("start"));

            assertThat(catchThrowableOfType(DriverException.class, () -> kvm.find(vm))
                            .reason())
                    .isEqualTo(DriverException.Reason.UNREACHABLE);
            assertThat(catchThrowableOfType(DriverException.class, () -> kvm.hold(vm))
                            .reason())
                    .isEqualTo(DriverException.Reason.UNREACHABLE);
        }
    }

    @Test
    void aGuestGoesOnByItselfWhenTheDaemonDiesWhileItsRamIsSaved() throws Exception {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 1).withMemory(1536, 1500);
        lab.define(guest);
        lab.virsh("start", guest.name());
        Console console = new Console(guest.serialLog());
        console.awaitRamReady(Duration.ofSeconds(60));
        VmId vm = VmId.of(lab.virsh("domuuid", guest.name()).strip());
        String qemu = Files.readString(lab.directory().getParent().resolve("run/qemu/" + guest.name() + ".pid"))
                .strip();
        Volume disk = new Volume(
                "vda", guest.disks().get(0).file().toString(), "qcow2", StorageKind.FILE, "file", OptionalLong.empty());
        try (KvmHypervisor kvm = KvmHypervisor.connect(lab.uri())) {
            Calls call = new Calls(kvm.find(vm).orElseThrow(), kvm);
            CompletableFuture<Duration> save =
                    CompletableFuture.supplyAsync(() -> kvm.save(vm, List.of(disk), SnapshotId.of("s-a"), call));
            while (!save.isDone() && Files.size(guest.disks().get(0).file()) < 64 << 20) {
                Thread.onSpinWait();
            }
            Shell.run("kill", "-STOP", qemu);
            lab.cleanUp(() -> Shell.attempt("kill", "-CONT", qemu));
            lab.daemon("kill");

            assertThatThrownBy(save::get).cause().isInstanceOfSatisfying(DriverException.class, e -> assertThat(
                            e.reason())
                    .isEqualTo(DriverException.Reason.UNREACHABLE));
            console.skip();
            Shell.run("kill", "-CONT", qemu);
            console.awaitTick(Duration.ofSeconds(60));
            lab.daemon("start");
            kvm.release(vm);
            kvm.delete(vm, List.of(disk), SnapshotId.of("s-a"), call);
            kvm.reclaim(vm, List.of(disk), call);
            kvm.stop(vm);
        }
        Shell.run("qemu-img", "check", "-f", "qcow2", disk.source());
    }

    @Test
    void aSocketThatNobodyListensToIsUnreachable() {
        Path nowhere = lab.directory().resolve("no-socket");
        try (KvmHypervisor kvm = KvmHypervisor.connect("qemu:///system?socket=" + nowhere)) {
            assertThatThrownBy(kvm::vms).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                    .isEqualTo(DriverException.Reason.UNREACHABLE));
        }
    }

    @Test
    void aClosedDriverAnswersNobody() {
        KvmHypervisor kvm = KvmHypervisor.connect(lab.uri());
        kvm.vms();
        kvm.close();
        kvm.close();

        assertThatThrownBy(kvm::vms).isInstanceOf(DriverException.class);
    }
}
