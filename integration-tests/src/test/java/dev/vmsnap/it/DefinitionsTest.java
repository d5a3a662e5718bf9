package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
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
    private static final String FLEXIBLE_PROCESSOR =
            "<cpu mode='custom' match='exact'><model fallback='allow'>qemu64</model></cpu>";
    private static final String MANY_DEVICES = """
            <interface type='user'><model type='virtio'/></interface>
            <interface type='user'/>
            <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
            <channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>
            <controller type='scsi' model='virtio-scsi'/>
            <disk type='file' device='cdrom'><target dev='sda' bus='scsi'/><readonly/></disk>
            <graphics type='vnc' autoport='yes'/>
            <graphics type='spice' autoport='yes'/>
            <video><model type='qxl'/></video>
            <sound model='ich6'/>
            <watchdog model='i6300esb' action='none'/>
            <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
            """;

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
    void whatLibvirtWritesIntoAConfigurationThatGoesBackToRamIsNoDifference() throws IOException {
        String name = lab.newName();
        TickerGuest many = TickerGuest.in(lab.directory(), name, 3).withMoreDevices(MANY_DEVICES);
        many.createDisks();
        lab.defineXml(name, many.domainXml().replace("<devices>", FLEXIBLE_PROCESSOR + "<devices>"));
        VmId id = VmId.of(lab.virsh("domuuid", name).strip());
        VmConfiguration defined = kvm.configuration(id);
        lab.virsh("start", name);
        VmConfiguration running = kvm.configuration(id);
        lab.virsh("qemu-monitor-command", "--hmp", name, "savevm kept");
        lab.virsh("destroy", name);

        remember(name, "kept", "running", "vda vdb vdc", running.live());
        lab.virsh("snapshot-revert", name, "kept");

        VmConfiguration after = kvm.configuration(id);
        // Libvirt 9 adds elements that it knows from the running domain, 11 only puts elements into another order.
        assertThat(after.persistent()).as("written by libvirt").isNotEqualTo(defined.persistent());
        assertThat(kvm.differences(defined, running)).isEmpty();
        assertThat(kvm.differences(defined, after)).isEmpty();
        assertThat(kvm.differences(after, defined)).isEmpty();
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
    void snapshotsThatLibvirtKeepsRecordsOfKeepAVmFromBeingForgotten() {
        lab.virsh("snapshot-create-as", guest.name(), "another");

        assertRefused(() -> kvm.forget(vm), "1 snapshots");
        assertThat(lab.virsh("snapshot-list", guest.name(), "--name").strip()).isEqualTo("another");

        lab.virsh("snapshot-delete", guest.name(), "another");
        kvm.forget(vm);
        assertThat(kvm.find(vm)).isEmpty();
    }

    private void remember(String name, String snapshot, String state, String disks, String domain) throws IOException {
        StringBuilder xml = new StringBuilder("<domainsnapshot><name>" + snapshot + "</name><state>" + state
                + "</state><creationTime>1</creationTime><memory snapshot='"
                + (state.equals("running") ? "internal" : "no") + "'/><disks>");
        for (String disk : disks.split(" ")) {
            xml.append("<disk name='").append(disk).append("' snapshot='internal'/>");
        }
        xml.append("</disks>").append(domain).append("</domainsnapshot>");
        Path file = Files.writeString(lab.directory().resolve("snapshot.xml"), xml);
        lab.virsh("snapshot-create", name, file.toString(), "--redefine");
    }

    private static void assertRefused(ThrowingCallable verb, String why) {
        assertThatThrownBy(verb)
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.IN_USE))
                .hasMessageContaining(why);
    }
}
