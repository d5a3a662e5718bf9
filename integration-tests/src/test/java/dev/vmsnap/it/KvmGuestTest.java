package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.Console;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The KVM driver alone, without the engine, on a real guest with two disks. */
final class KvmGuestTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final SnapshotId A = SnapshotId.of("s-a");
    private static final SnapshotId B = SnapshotId.of("s-b");

    @RegisterExtension
    final Lab lab = new Lab();

    private KvmHypervisor kvm;
    private TickerGuest guest;
    private Console console;
    private VmId vm;

    @BeforeEach
    void bootAGuest() {
        boot(TickerGuest.in(lab.directory(), lab.newName(), 2));
    }

    @AfterEach
    void letGo() {
        kvm.close();
    }

    private void boot(TickerGuest wanted) {
        guest = wanted;
        lab.define(guest);
        kvm = KvmHypervisor.connect(lab.uri());
        vm = VmId.of(lab.virsh("domuuid", guest.name()).strip());
        kvm.start(vm, false);
        console = new Console(guest.serialLog());
        console.awaitBoot(PATIENCE);
        console.awaitTick(PATIENCE);
    }

    private VmDescription found() {
        return kvm.find(vm).orElseThrow();
    }

    private DriverCall call() {
        return new Calls(found(), kvm);
    }

    private List<Volume> volumes() {
        List<Volume> volumes = new ArrayList<>();
        for (int i = 0; i < guest.disks().size(); i++) {
            volumes.add(new Volume(
                    TickerGuest.target(i),
                    guest.disks().get(i).file().toString(),
                    "qcow2",
                    StorageKind.FILE,
                    "file",
                    OptionalLong.empty()));
        }
        return volumes;
    }

    private List<List<String>> inImages() {
        return kvm.images(vm).stream()
                .map(image ->
                        image.snapshots().stream().map(ImageInfo.Entry::name).toList())
                .toList();
    }

    private long tickOn() {
        long now = console.awaitTick(PATIENCE);
        return console.awaitTickAfter(now + 4, PATIENCE);
    }

    private void assertImagesClean() {
        for (GuestDisk disk : guest.disks()) {
            Shell.Outcome check = Shell.attempt(
                    "qemu-img", "check", "-f", "qcow2", disk.file().toString());
            assertThat(check.exitCode()).as(check.output()).isZero();
        }
    }

    @Test
    void tellsTheFactsOfARunningGuest() {
        VmDescription found = found();

        assertThat(found.id()).isEqualTo(vm);
        assertThat(found.name()).isEqualTo(guest.name());
        assertThat(found.power()).isEqualTo(PowerState.RUNNING);
        assertThat(found.memoryBytes()).isEqualTo(32L << 20);
        assertThat(found.persistent()).isTrue();
        assertThat(found.savedState()).isFalse();
        assertThat(found.machineState()).isFalse();
        assertThat(found.atomicCut()).isTrue();
        assertThat(found.agent()).isFalse();
        assertThat(found.ramObstacles()).isEmpty();
        assertThat(found.job()).isEmpty();
        assertThat(found.disks())
                .extracting(VmDescription.Disk::target, disk -> disk.source().orElse(""), disk -> disk.format()
                        .orElse(""))
                .containsExactly(
                        Tuple.tuple("vda", guest.disks().get(0).file().toString(), "qcow2"),
                        Tuple.tuple("vdb", guest.disks().get(1).file().toString(), "qcow2"));
        assertThat(kvm.vms()).contains(found);
        assertThat(kvm.version()).matches("libvirt [0-9.]+, QEMU [0-9.]+, processor [^,]+");
        assertThat(kvm.find(VmId.of("00000000-0000-4000-8000-000000000000"))).isEmpty();
    }

    @Test
    void cutsBothImagesAtOnceAndDeletesAgain() {
        kvm.cut(vm, volumes(), A, call());
        assertThat(inImages()).containsExactly(List.of(ImageInfo.tag(A)), List.of(ImageInfo.tag(A)));
        assertThat(kvm.images(vm))
                .extracting(ImageInfo::target, ImageInfo::format, ImageInfo::virtualBytes, ImageInfo::clusterBytes)
                .containsExactly(
                        Tuple.tuple("vda", "qcow2", 64L << 20, 65536L), Tuple.tuple("vdb", "qcow2", 16L << 20, 65536L));

        kvm.delete(vm, volumes(), A, call());
        kvm.delete(vm, volumes(), A, call());

        assertThat(inImages()).containsExactly(List.of(), List.of());
        tickOn();
    }

    @Test
    void aCutThatFailsInOneImageLeavesNothingInTheOther() {
        kvm.cut(vm, volumes().subList(1, 2), A, call());

        assertThatThrownBy(() -> kvm.cut(vm, volumes(), A, call()))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("already exists");

        assertThat(inImages()).containsExactly(List.of(), List.of(ImageInfo.tag(A)));
    }

    @Test
    void aCutOfADiskThatIsNoLongerThereIsRefused() {
        Volume other =
                new Volume("vdb", "/nowhere/else.qcow2", "qcow2", StorageKind.FILE, "file", OptionalLong.empty());

        assertThatThrownBy(() -> kvm.cut(vm, List.of(volumes().get(0), other), A, call()))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("vdb");

        assertThat(inImages()).containsExactly(List.of(), List.of());
    }

    @Test
    void ramComesBackInAnyOrderAndLeavesNoTraceInLibvirt() {
        VmConfiguration before = kvm.configuration(vm);
        tickOn();
        long beforeA = console.lastTick().orElseThrow();
        Duration held = kvm.save(vm, volumes(), A, call());
        long atA = console.lastTick().orElseThrow();
        assertThat(held).isPositive().isLessThan(Duration.ofSeconds(30));
        tickOn();
        long beforeB = console.lastTick().orElseThrow();
        kvm.save(vm, volumes(), B, call());
        long atB = console.lastTick().orElseThrow();
        tickOn();
        assertThat(kvm.images(vm).get(0).snapshots()).allMatch(s -> s.ramBytes() > 1 << 18);

        for (SnapshotId id : List.of(A, B, A)) {
            kvm.restore(vm, volumes(), id, before, PowerState.RUNNING, call());
            assertThat(console.awaitReturn(PATIENCE))
                    .isBetween(id.equals(A) ? beforeA : beforeB, (id.equals(A) ? atA : atB) + 3);
            console.awaitTickAfter(atB + 4, PATIENCE);
        }

        assertThat(kvm.differences(before, kvm.configuration(vm))).isEmpty();
        assertThat(lab.virsh("snapshot-list", guest.name(), "--name").strip()).isEmpty();
        kvm.delete(vm, volumes(), A, call());
        kvm.delete(vm, volumes(), B, call());
        kvm.reclaim(vm, volumes(), call());
        tickOn();
        kvm.stop(vm);
        assertImagesClean();
    }

    @Test
    void ramOfAStoppedVmComesBackPaused() {
        VmConfiguration configuration = kvm.configuration(vm);
        kvm.hold(vm);
        long at = console.lastTick().orElseThrow();
        assertThat(kvm.save(vm, volumes(), A, call())).isEqualTo(Duration.ZERO);
        assertThat(found().power()).isEqualTo(PowerState.PAUSED);
        kvm.release(vm);
        tickOn();
        kvm.stop(vm);

        kvm.restore(vm, volumes(), A, configuration, PowerState.PAUSED, call());

        assertThat(found().power()).isEqualTo(PowerState.PAUSED);
        kvm.release(vm);
        assertThat(console.awaitReturn(PATIENCE)).isBetween(at, at + 2);
    }

    @Test
    void aRenamedVmIsRestoredUnderItsNewName() {
        VmConfiguration before = kvm.configuration(vm);
        kvm.save(vm, volumes(), A, call());
        kvm.stop(vm);
        String renamed = guest.name() + "-b\u00e9<&'";
        lab.virsh("domrename", guest.name(), renamed);
        lab.cleanUp(() -> {
            Shell.attempt("virsh", "-q", "-c", lab.uri(), "destroy", renamed);
            Shell.attempt("virsh", "-q", "-c", lab.uri(), "undefine", renamed);
        });

        kvm.restore(vm, volumes(), A, before, PowerState.RUNNING, call());

        assertThat(found().name()).isEqualTo(renamed);
        assertThat(found().power()).isEqualTo(PowerState.RUNNING);
        assertThat(kvm.differences(before, kvm.configuration(vm))).isEmpty();
    }

    @Test
    void aRestoreOfWhatOneImageLacksIsRefusedBeforeTheVmIsStopped() {
        VmConfiguration configuration = kvm.configuration(vm);
        kvm.save(vm, volumes(), A, call());
        kvm.delete(vm, volumes().subList(1, 2), A, call());

        assertThatThrownBy(() -> kvm.restore(vm, volumes(), A, configuration, PowerState.RUNNING, call()))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("vdb");
        tickOn();
        kvm.stop(vm);
        assertThatThrownBy(() -> kvm.restore(vm, volumes(), A, configuration, PowerState.RUNNING, call()))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("vdb");
    }

    @Test
    void aVmWithoutADefinitionIsRestoredToo() {
        VmConfiguration configuration = kvm.configuration(vm);
        lab.virsh("undefine", guest.name());
        assertThat(found().persistent()).isFalse();
        long before = console.lastTick().orElseThrow();
        kvm.save(vm, volumes(), A, call());
        long at = console.lastTick().orElseThrow();
        tickOn();

        kvm.restore(vm, volumes(), A, configuration, PowerState.RUNNING, call());

        assertThat(console.awaitReturn(PATIENCE)).isBetween(before, at + 3);
        assertThat(lab.virsh("snapshot-list", guest.name(), "--name").strip()).isEmpty();
    }

    @Test
    void aSecondSaveUnderOneNameIsRefused() {
        kvm.save(vm, volumes(), A, call());

        assertThatThrownBy(() -> kvm.save(vm, volumes(), A, call()))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("already");
        tickOn();
    }

    @Test
    void holdsReleasesStopsAndStartsHoweverOften() {
        kvm.hold(vm);
        kvm.hold(vm);
        assertThat(found().power()).isEqualTo(PowerState.PAUSED);
        kvm.release(vm);
        kvm.release(vm);
        tickOn();
        kvm.stop(vm);
        kvm.stop(vm);
        assertThat(found().power()).isEqualTo(PowerState.OFF);
        assertThatThrownBy(() -> kvm.hold(vm)).isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> kvm.images(vm)).isInstanceOf(DriverException.class);
        kvm.start(vm, true);
        kvm.start(vm, true);
        assertThat(found().power()).isEqualTo(PowerState.PAUSED);
        kvm.start(vm, false);
        kvm.start(vm, false);
        console.awaitBoot(PATIENCE);
    }

    @Test
    void aChangedConfigurationIsToldAndPutBack() throws IOException {
        VmConfiguration before = kvm.configuration(vm);
        kvm.stop(vm);
        lab.virsh("setmaxmem", guest.name(), "65536", "--config");
        lab.virsh("detach-disk", guest.name(), "vdb", "--config");

        assertThat(kvm.differences(before, kvm.configuration(vm)))
                .containsExactlyInAnyOrder("memory: 32768 KiB -> 65536 KiB", "disk vdb: removed");
        kvm.define(vm, before);

        assertThat(kvm.differences(before, kvm.configuration(vm))).isEmpty();
    }

    @Test
    void aFreezeWithoutAnAgentSaysSo() {
        assertThatThrownBy(() -> kvm.freeze(vm, Duration.ofSeconds(5)))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("agent");
        tickOn();
    }

    @Test
    void whatAFailedSaveLeftIsFreedWhileTheGuestIsThere() throws IOException {
        kvm.close();
        Path small = lab.smallFileSystem(48);
        GuestDisk first = new GuestDisk(small.resolve("a.qcow2"), GuestDisk.Format.QCOW2, 64);
        GuestDisk second = new GuestDisk(lab.directory().resolve("b.qcow2"), GuestDisk.Format.QCOW2, 16);
        boot(TickerGuest.in(lab.directory(), lab.newName(), 2)
                .withMemory(128, 100)
                .withDisks(List.of(first, second)));
        lab.cleanUp(() -> Shell.attempt("virsh", "-q", "-c", lab.uri(), "destroy", guest.name()));
        kvm.cut(vm, volumes(), B, call());
        // The first write after a cut takes space; later there is none, and the guest would be stopped.
        tickOn();
        long free = Files.getFileStore(small).getUsableSpace();
        long size = kvm.images(vm).get(0).virtualBytes();

        assertThatThrownBy(() -> kvm.save(vm, volumes(), A, call())).isInstanceOf(DriverException.class);

        assertThat(found().power()).isEqualTo(PowerState.RUNNING);
        assertThat(Files.getFileStore(small).getUsableSpace()).isLessThan(free / 4);
        kvm.reclaim(vm, volumes(), call());
        assertThat(Files.getFileStore(small).getUsableSpace()).isGreaterThan(free - (4 << 20));
        assertThat(kvm.images(vm).get(0).virtualBytes()).isEqualTo(size);
        assertThat(found().power()).isEqualTo(PowerState.RUNNING);
        assertThat(inImages()).allMatch(names -> names.equals(List.of(ImageInfo.tag(B))));
        tickOn();
        kvm.hold(vm);
        kvm.reclaim(vm, volumes(), call());
        assertThat(found().power()).isEqualTo(PowerState.PAUSED);
        kvm.stop(vm);
        assertImagesClean();
    }
}
