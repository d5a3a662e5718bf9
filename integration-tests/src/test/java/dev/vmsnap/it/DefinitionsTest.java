package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A VM that goes from one node to another while it is off, by the KVM driver alone. */
final class DefinitionsTest {
    @RegisterExtension
    final Lab lab = new Lab();

    private TickerGuest guest;
    private KvmHypervisor kvm;
    private VmId vm;

    @BeforeEach
    void defineAGuest() {
        guest = TickerGuest.in(lab.directory(), lab.newName(), 1);
        lab.define(guest);
        kvm = BareGuest.driver(lab);
        vm = VmId.of(lab.virsh("domuuid", guest.name()).strip());
    }

    @Test
    void whatWasForgottenCanBeDefinedAgainUnderItsNameAndId() {
        VmConfiguration configuration = kvm.configuration(vm);
        VmDescription before = kvm.find(vm).orElseThrow();

        kvm.forget(vm);
        kvm.forget(vm);
        assertThat(kvm.find(vm)).isEmpty();
        assertThat(guest.disks().get(0).file()).exists();

        kvm.define(vm, configuration);
        assertThat(kvm.find(vm)).contains(before);
        assertThat(kvm.differences(configuration, kvm.configuration(vm))).isEmpty();
        kvm.start(vm, false);
        assertThat(kvm.find(vm).orElseThrow().power()).isEqualTo(PowerState.RUNNING);
    }

    @Test
    void aNameThatAnotherVmHasIsRefused() {
        VmConfiguration configuration = kvm.configuration(vm);
        kvm.forget(vm);
        lab.define(guest);
        String other = lab.virsh("domuuid", guest.name()).strip();

        assertRefused(() -> kvm.define(vm, configuration), other);

        assertThat(kvm.find(vm)).isEmpty();
    }

    @Test
    void aNodeSaysWhatKeepsItFromRunningAVm() {
        VmConfiguration fits = kvm.configuration(vm);

        assertThat(kvm.obstacles(fits, "")).isEmpty();
        assertThat(kvm.obstacles(fits, kvm.version())).isEmpty();
        assertThat(kvm.obstacles(fits, "libvirt 99.0.0, QEMU 99.1.0"))
                .singleElement()
                .asString()
                .contains("is older than QEMU 99.1.0");
        assertObstacle("machine='pc-", "machine='pc-x", "the machine 'pc-x");
        assertObstacle("<emulator>/", "<emulator>/gone/", "no emulator /gone/");
        assertObstacle("<memory unit='KiB'>", "<memory unit='KiB'>9999999", "MiB of memory");
        assertObstacle("</os>", "<loader type='pflash'>/gone/f</loader></os>", "no /gone/f (firmware)");
        assertObstacle("</os>", "<nvram>/gone/v</nvram></os>", "no /gone (directory of UEFI variables)");
        assertObstacle(">qemu64</model>", ">x-9</model>", "x-9");
        assertThat(kvm.obstacles(
                        edited("</devices>", "<tpm><backend type='emulator' version='2.0'/></tpm></devices>"), ""))
                .isEmpty();
    }

    private void assertObstacle(String from, String to, String obstacle) {
        assertThat(kvm.obstacles(edited(from, to), ""))
                .singleElement()
                .asString()
                .contains(obstacle);
    }

    private VmConfiguration edited(String from, String to) {
        String xml = kvm.configuration(vm).persistent();
        assertThat(xml).contains(from);
        String edited = xml.replaceFirst(Pattern.quote(from), to);
        return new VmConfiguration(edited, edited);
    }

    @Test
    void theConfigurationOfAnotherVmIsRefused() {
        VmConfiguration configuration = kvm.configuration(vm);
        VmId other = VmId.of("00000000-0000-4000-8000-00000000dead");

        assertThatThrownBy(() -> kvm.define(other, configuration))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining(vm.value());

        assertThat(kvm.find(other)).isEmpty();
    }

    @Test
    void aVmThatIsActiveIsNeitherForgottenNorDefined() {
        VmConfiguration configuration = kvm.configuration(vm);
        kvm.start(vm, true);

        assertRefused(() -> kvm.forget(vm), "is not off");
        assertRefused(() -> kvm.define(vm, configuration), "is not off");

        assertThat(kvm.find(vm).orElseThrow().power()).isEqualTo(PowerState.PAUSED);
    }

    @Test
    void aManagedSaveKeepsAVmFromBeingForgotten() {
        kvm.start(vm, true);
        lab.virsh("managedsave", guest.name());

        assertRefused(() -> kvm.forget(vm), "managed save");

        assertThat(kvm.find(vm).orElseThrow().savedState()).isTrue();
    }

    @Test
    void snapshotsThatLibvirtRemembersKeepAVmFromBeingForgottenUnlessTheyAreOurs() throws IOException {
        remember(ImageInfo.tag(SnapshotId.of("s-a")));
        lab.virsh("snapshot-create-as", guest.name(), "another");

        assertRefused(() -> kvm.forget(vm), "1 snapshots");
        assertThat(lab.virsh("snapshot-list", guest.name(), "--name").strip()).isEqualTo("another");

        lab.virsh("snapshot-delete", guest.name(), "another");
        remember(ImageInfo.tag(SnapshotId.of("s-b")));
        kvm.forget(vm);
        assertThat(kvm.find(vm)).isEmpty();
    }

    private void remember(String snapshot) throws IOException {
        Path xml = Files.writeString(
                lab.directory().resolve("snapshot.xml"),
                "<domainsnapshot><name>" + snapshot + "</name><state>shutoff</state><creationTime>1</creationTime>"
                        + "<memory snapshot='no'/><disks><disk name='vda' snapshot='internal'/></disks>"
                        + lab.virsh("dumpxml", guest.name(), "--inactive") + "</domainsnapshot>");
        lab.virsh("snapshot-create", guest.name(), xml.toString(), "--redefine");
    }

    private static void assertRefused(ThrowingCallable verb, String why) {
        assertThatThrownBy(verb)
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.IN_USE))
                .hasMessageContaining(why);
    }
}
