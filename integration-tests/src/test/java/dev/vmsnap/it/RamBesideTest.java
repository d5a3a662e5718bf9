package dev.vmsnap.it;

import static dev.vmsnap.it.BareGuest.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.testkit.TestCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RAM that the KVM driver saves beside the disks, and brings back, of real guests. */
final class RamBesideTest {
    private static final SnapshotId A = SnapshotId.of("s-a");

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void ramAndRawDisksComeBackTogetherThreeTimes() {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));
        VmConfiguration configuration = guest.kvm().configuration(guest.vm());
        guest.tickOn();
        String target = guest.newTarget();
        guest.kvm().hold(guest.vm());
        long at = guest.console().lastTick().orElseThrow();
        guest.kvm().save(guest.vm(), target, guest.call());
        List<Path> disks = guest.copyDisks();
        guest.kvm().release(guest.vm());

        for (int i = 0; i < 3; i++) {
            guest.tickOn();
            guest.kvm().stop(guest.vm());
            guest.bringDisksBack(disks);
            assertThat(guest.counters()).allMatch(counter -> counter >= at && counter <= at + 1);

            guest.kvm().restore(guest.vm(), target, configuration, PowerState.RUNNING, guest.call());

            assertThat(guest.console().awaitReturn(PATIENCE)).isBetween(at, at + 2);
            guest.tickOn();
            guest.kvm().hold(guest.vm());
            long now = guest.console().lastTick().orElseThrow();
            guest.kvm().stop(guest.vm());
            assertThat(guest.counters()).allMatch(counter -> counter >= now && counter <= now + 1);
            guest.kvm().start(guest.vm(), false);
        }
        assertThat(guest.kvm().differences(configuration, guest.kvm().configuration(guest.vm())))
                .isEmpty();
    }

    @Test
    void aDeviceNeedsNoMoreThanIsSaidAndFilledRamComesBackIntact() {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab).withMemory(256, 200));
        VmConfiguration configuration = guest.kvm().configuration(guest.vm());
        LoopDevice device = LoopDevice.of(lab, 400);
        TestCall call = guest.call();
        guest.kvm().hold(guest.vm());
        long at = guest.console().lastTick().orElseThrow();
        long needed = guest.kvm().save(guest.vm(), device.path(), call);
        guest.kvm().release(guest.vm());
        guest.tickOn();
        guest.kvm().stop(guest.vm());
        String shrunk = guest.newTarget();
        Shell.run("dd", "if=" + device.path(), "of=" + shrunk, "bs=1M", "count=" + needed, "iflag=count_bytes");

        guest.kvm().restore(guest.vm(), shrunk, configuration, PowerState.RUNNING, guest.call());

        assertThat(needed).isBetween(200L << 20, 210L << 20);
        assertThat(call.reports()).isNotEmpty().isSorted().allMatch(part -> part >= 0 && part <= 1);
        assertThat(guest.console().awaitReturn(PATIENCE)).isBetween(at, at + 2);
        lab.virsh("send-key", guest.guest().name(), "KEY_V");
        assertThat(guest.console().awaitRamIntact(PATIENCE)).isTrue();
    }

    @Test
    void aFileEndsWhereTheRamEndsAndIsNobodyElses() throws IOException {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));
        String target = guest.newTarget();
        Files.setPosixFilePermissions(Path.of(target), PosixFilePermissions.fromString("rw-r--r--"));
        guest.kvm().hold(guest.vm());

        assertThat(guest.kvm().save(guest.vm(), target, guest.call())).isEqualTo(Files.size(Path.of(target)));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(target))))
                .isEqualTo("rw-------");
        assertThat(guest.power()).isEqualTo(PowerState.PAUSED);
        assertThat(guest.found().job()).isEmpty();
        guest.kvm().release(guest.vm());
        guest.tickOn();
    }

    @Test
    void savingLeavesTheLimitForLiveMigrationsAsItWas() {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));
        lab.virsh("migrate-setmaxdowntime", guest.guest().name(), "250");
        guest.kvm().hold(guest.vm());

        guest.kvm().save(guest.vm(), guest.newTarget(), guest.call());

        assertThat(lab.virsh("migrate-getmaxdowntime", guest.guest().name())).isEqualTo("250");
    }

    @Test
    void ramComesBackToAVmThatIsOffAndStaysPausedWhereAsked() {
        BareGuest guest = BareGuest.boot(lab, TickerGuest.in(lab.directory(), lab.newName(), 2));
        VmConfiguration configuration = guest.kvm().configuration(guest.vm());
        String target = guest.newTarget();
        guest.kvm().hold(guest.vm());
        long at = guest.console().lastTick().orElseThrow();
        guest.kvm().save(guest.vm(), target, guest.call());
        guest.kvm().release(guest.vm());
        guest.tickOn();
        guest.kvm().stop(guest.vm());

        guest.kvm().restore(guest.vm(), target, configuration, PowerState.PAUSED, guest.call());

        assertThat(guest.power()).isEqualTo(PowerState.PAUSED);
        guest.kvm().cut(guest.vm(), guest.volumes(), A, guest.call());
        guest.kvm().delete(guest.vm(), guest.volumes(), A, guest.call());
        assertThat(guest.power()).isEqualTo(PowerState.PAUSED);
        guest.kvm().release(guest.vm());
        assertThat(guest.console().awaitReturn(PATIENCE)).isBetween(at, at + 2);
    }

    @Test
    void aCutInImagesGoesBeforeTheSaveAndWhatQemuCannotDoAfterItIsRefused() {
        BareGuest guest = BareGuest.boot(lab, TickerGuest.in(lab.directory(), lab.newName(), 2));
        guest.kvm().hold(guest.vm());
        guest.kvm().cut(guest.vm(), guest.volumes(), A, guest.call());
        guest.kvm().save(guest.vm(), guest.newTarget(), guest.call());

        List<Runnable> verbs = List.of(
                () -> guest.kvm().cut(guest.vm(), guest.volumes(), SnapshotId.of("s-b"), guest.call()),
                () -> guest.kvm().delete(guest.vm(), guest.volumes(), A, guest.call()),
                () -> guest.kvm().reclaim(guest.vm(), guest.volumes(), guest.call()),
                () -> guest.kvm().save(guest.vm(), guest.volumes(), SnapshotId.of("s-c"), guest.call()),
                () -> guest.kvm().save(guest.vm(), guest.newTarget(), guest.call()));
        for (Runnable verb : verbs) {
            assertThatThrownBy(verb::run)
                    .isInstanceOfSatisfying(
                            DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.IN_USE))
                    .hasMessageContaining("let the guest run first");
        }
        assertThat(guest.power()).isEqualTo(PowerState.PAUSED);

        guest.kvm().release(guest.vm());
        guest.tickOn();
        assertThat(tags(guest)).containsExactly(List.of(ImageInfo.tag(A)), List.of(ImageInfo.tag(A)));
        guest.kvm().delete(guest.vm(), guest.volumes(), A, guest.call());
        assertThat(tags(guest)).containsExactly(List.of(), List.of());
        guest.tickOn();
    }

    @Test
    void disksOfEveryKindAreLeftAlone() {
        String more = "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>"
                + "<disk type='file' device='floppy'><driver name='qemu' type='raw'/><source file='"
                + guestFile("floppy", 1440) + "'/><target dev='fda' bus='fdc'/></disk>"
                + "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='"
                + guestFile("readonly", 1024) + "'/><target dev='vdc' bus='virtio'/><readonly/></disk>";
        BareGuest guest = BareGuest.boot(
                lab, TickerGuest.in(lab.directory(), lab.newName(), 1).withMoreDevices(more));
        VmConfiguration configuration = guest.kvm().configuration(guest.vm());
        String target = guest.newTarget();
        guest.kvm().hold(guest.vm());
        guest.kvm().save(guest.vm(), target, guest.call());
        guest.kvm().release(guest.vm());
        guest.tickOn();

        guest.kvm().restore(guest.vm(), target, configuration, PowerState.RUNNING, guest.call());

        guest.tickOn();
        assertThat(guest.kvm().differences(configuration, guest.kvm().configuration(guest.vm())))
                .isEmpty();
    }

    private String guestFile(String name, int kibibytes) {
        Path file = lab.directory().resolve(name);
        Shell.run("truncate", "-s", kibibytes + "K", file.toString());
        return file.toString();
    }

    @Test
    void aGuestThatRunsIsNotSaved() {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));

        assertThatThrownBy(() -> guest.kvm().save(guest.vm(), guest.newTarget(), guest.call()))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("is not held");

        guest.tickOn();
    }

    @Test
    void aPlaceThatIsNotThereIsNotMade() {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));
        Path target = lab.directory().resolve("nothing");
        guest.kvm().hold(guest.vm());

        assertThatThrownBy(() -> guest.kvm().save(guest.vm(), target.toString(), guest.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISSING));

        assertThat(target).doesNotExist();
        assertThat(guest.power()).isEqualTo(PowerState.PAUSED);
    }

    @Test
    void aDiskIsTakenFromWhereItIsNow() throws IOException {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));
        VmConfiguration configuration = guest.kvm().configuration(guest.vm());
        String target = guest.newTarget();
        guest.kvm().hold(guest.vm());
        guest.kvm().save(guest.vm(), target, guest.call());
        guest.kvm().stop(guest.vm());
        Path disk = guest.guest().disks().get(1).file();
        Path moved = Files.move(disk, disk.resolveSibling("moved"));
        String redefined = configuration.persistent().replace(disk.toString(), moved.toString());
        guest.kvm().define(guest.vm(), new VmConfiguration(redefined, redefined));

        guest.kvm().restore(guest.vm(), target, configuration, PowerState.RUNNING, guest.call());

        guest.tickOn();
        assertThat(guest.found().disks())
                .extracting(d -> d.source().orElse(""))
                .containsExactly(guest.guest().disks().get(0).file().toString(), moved.toString());
    }

    @Test
    void aManagedSaveIsDiscardedSinceItsRamDoesNotFitTheDisks() {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));
        VmConfiguration configuration = guest.kvm().configuration(guest.vm());
        String target = guest.newTarget();
        guest.kvm().hold(guest.vm());
        guest.kvm().save(guest.vm(), target, guest.call());
        guest.kvm().release(guest.vm());
        guest.tickOn();
        lab.virsh("managedsave", guest.guest().name());

        guest.kvm().restore(guest.vm(), target, configuration, PowerState.RUNNING, guest.call());

        assertThat(guest.found().savedState()).isFalse();
        guest.tickOn();
    }

    @Test
    void ramOfAVmThatWasRenamedIsRefusedBeforeAnythingIsTouched() {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));
        VmConfiguration configuration = guest.kvm().configuration(guest.vm());
        String target = guest.newTarget();
        guest.kvm().hold(guest.vm());
        guest.kvm().save(guest.vm(), target, guest.call());
        guest.kvm().stop(guest.vm());
        String renamed = lab.newName();
        lab.virsh("domrename", guest.guest().name(), renamed);
        lab.cleanUp(() -> {
            Shell.attempt("virsh", "-q", "-c", lab.uri(), "destroy", renamed);
            Shell.attempt("virsh", "-q", "-c", lab.uri(), "undefine", renamed);
        });
        guest.kvm().start(guest.vm(), false);

        assertThatThrownBy(
                        () -> guest.kvm().restore(guest.vm(), target, configuration, PowerState.RUNNING, guest.call()))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining(guest.guest().name())
                .hasMessageContaining(renamed);

        guest.tickOn();
    }

    @ParameterizedTest
    @ValueSource(strings = {"partial", "garbage", "empty", "missing", "headless"})
    void whatIsNotSavedRamIsRefusedBeforeTheVmIsStopped(String flaw) throws IOException {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));
        VmConfiguration configuration = guest.kvm().configuration(guest.vm());
        String target = guest.newTarget();
        guest.kvm().hold(guest.vm());
        guest.kvm().save(guest.vm(), target, guest.call());
        guest.kvm().release(guest.vm());
        Path file = Path.of(target);
        switch (flaw) {
            case "partial" -> Damage.write(file, 0, "LibvirtQemudPart".getBytes(StandardCharsets.US_ASCII));
            case "garbage" -> Damage.write(file, 0, new byte[100]);
            case "empty" -> Files.write(file, new byte[0]);
            case "headless" -> Damage.write(file, Damage.streamOf(file), new byte[8]);
            default -> Files.delete(file);
        }

        assertThatThrownBy(
                        () -> guest.kvm().restore(guest.vm(), target, configuration, PowerState.RUNNING, guest.call()))
                .isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                        .isEqualTo(flaw.equals("missing") ? Reason.MISSING : Reason.BROKEN));

        guest.tickOn();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cut off", "holed"})
    void ramThatIsDamagedFurtherOnLeavesTheVmOffAndTheRamAsItIs(String flaw) throws IOException {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));
        VmConfiguration configuration = guest.kvm().configuration(guest.vm());
        String target = guest.newTarget();
        guest.kvm().hold(guest.vm());
        guest.kvm().save(guest.vm(), target, guest.call());
        guest.kvm().release(guest.vm());
        Path file = Path.of(target);
        if (flaw.equals("holed")) {
            Damage.write(file, Damage.streamOf(file) + 100, new byte[100_000]);
        } else {
            Damage.cutTo(file, Files.size(file) / 2);
        }
        byte[] before = Files.readAllBytes(file);

        assertThatThrownBy(
                        () -> guest.kvm().restore(guest.vm(), target, configuration, PowerState.RUNNING, guest.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BROKEN))
                .hasMessageContaining("QEMU could not load the saved RAM")
                .hasMessageContaining("load of migration failed");

        assertThat(guest.power()).isEqualTo(PowerState.OFF);
        assertThat(Shell.attempt("pgrep", "-f", "guest=" + guest.guest().name() + ",")
                        .exitCode())
                .as("a QEMU process is left")
                .isEqualTo(1);
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        guest.kvm().start(guest.vm(), false);
        guest.tickOn();
    }

    @Test
    void ramOfAnotherVmIsRefused() {
        BareGuest guest = BareGuest.boot(lab, BareGuest.raw(lab));
        BareGuest other = BareGuest.boot(lab, BareGuest.raw(lab));
        VmConfiguration configuration = other.kvm().configuration(other.vm());
        String target = guest.newTarget();
        guest.kvm().hold(guest.vm());
        guest.kvm().save(guest.vm(), target, guest.call());

        assertThatThrownBy(
                        () -> other.kvm().restore(other.vm(), target, configuration, PowerState.RUNNING, other.call()))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("is that of VM " + guest.vm());

        other.tickOn();
    }

    private static List<List<String>> tags(BareGuest guest) {
        return guest.kvm().images(guest.vm()).stream()
                .map(image ->
                        image.snapshots().stream().map(ImageInfo.Entry::name).toList())
                .toList();
    }
}
