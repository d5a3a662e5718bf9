package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whether a node can bring a VM back, and what the guest is told of it, on real libvirt and QEMU. */
final class BringingBackTest {
    @RegisterExtension
    final Lab lab = new Lab();

    private KvmHypervisor node() {
        KvmHypervisor node = KvmHypervisor.connect(lab.uri());
        lab.cleanUp(node::close);
        return node;
    }

    private void redefine(Host host, String from, String to) throws IOException {
        String name = host.guest().name();
        String xml = lab.virsh("dumpxml", "--inactive", name).replaceFirst(from, to);
        lab.virsh(
                "define",
                Files.writeString(lab.directory().resolve(name + "-changed.xml"), xml)
                        .toString());
    }

    @Test
    void ramOfAGuestWithAPluggedProcessorComesBack() throws IOException {
        Host host = Host.ofDisks(lab, 1);
        redefine(host, "<vcpu[^<]*</vcpu>", "<vcpu current='1'>2</vcpu>");
        host.boot();
        lab.virsh("setvcpus", host.guest().name(), "2", "--live");
        Snapshot ram = host.createWithRam("ram");
        long at = host.tickNow();
        host.tickOn();

        host.restore(ram);

        assertThat(host.console().awaitReturn(Host.PATIENCE)).isLessThanOrEqualTo(at);
        host.tickOn();
        assertThat(lab.virsh("vcpucount", host.guest().name(), "--live").strip())
                .isEqualTo("2");
    }

    @Test
    void aMissingFileIsNamedBeforeTheGuestIsStopped() throws IOException {
        Host host = Host.ofDisks(lab, 1).boot();
        Path disk = host.guest().disks().get(0).file();
        KvmHypervisor node = node();
        VmConfiguration healthy = node.configuration(host.vm());
        assertThat(node.obstacles(healthy, node.version())).isEmpty();
        Path away = Files.move(disk, disk.resolveSibling("away"));

        assertThat(node.obstacles(healthy, node.version())).containsExactly("it has no " + disk + " (disk vda)");
        assertThat(node.obstacles(healthy, "")).containsExactly("it has no " + disk + " (disk vda)");

        Files.move(away, disk);
        assertThat(node.obstacles(healthy, "")).isEmpty();
    }

    @Test
    void aDiskOfAPoolIsItsFileWhileThePoolIsActive() throws IOException {
        Host host = Host.ofDisks(lab, 1);
        Path disk = host.guest().disks().get(0).file();
        String pool = "pool-" + host.guest().name();
        lab.virsh("pool-define-as", pool, "dir", "--target", lab.directory().toString());
        lab.cleanUp(() -> Shell.attempt("virsh", "-c", lab.uri(), "pool-undefine", pool));
        lab.virsh("pool-start", pool);
        lab.cleanUp(() -> Shell.attempt("virsh", "-c", lab.uri(), "pool-destroy", pool));
        String source = "<source pool='" + pool + "' volume='" + disk.getFileName() + "'/>";
        redefine(host, "<disk type='file'([\\s\\S]*?)<source file='[^']*'/>", "<disk type='volume'$1" + source);
        KvmHypervisor node = node();

        VmDescription.Disk found = node.find(host.vm()).orElseThrow().disks().get(0);

        assertThat(found.type()).isEqualTo(VmDescription.SourceType.FILE);
        assertThat(found.source()).contains(disk.toString());
        lab.virsh("pool-destroy", pool);
        VmDescription.Disk hidden = node.find(host.vm()).orElseThrow().disks().get(0);
        assertThat(hidden.type()).isEqualTo(VmDescription.SourceType.OTHER);
        assertThat(hidden.source().orElseThrow()).contains("virsh pool-start " + pool, "type='file'");
        assertThat(node.obstacles(node.configuration(host.vm()), ""))
                .singleElement()
                .asString()
                .contains("could not be determined", "is not active");
    }

    @Test
    void aVmThatIsOffGetsANewGenerationIdIfItHasOne() throws IOException {
        Host host = Host.ofDisks(lab, 1);
        KvmHypervisor node = node();
        VmConfiguration without = node.configuration(host.vm());
        node.renew(host.vm());
        assertThat(node.configuration(host.vm())).isEqualTo(without);
        String old = "43dc0cf8-809b-4adb-9bea-a9abb5f3d90e";
        redefine(host, "</uuid>", "</uuid><genid>" + old + "</genid>");

        node.renew(host.vm());

        assertThat(node.find(host.vm()).orElseThrow().traits()).contains(VmDescription.Trait.GENERATION_ID);
        assertThat(node.configuration(host.vm()).persistent())
                .contains("<genid>")
                .doesNotContain(old);
        host.boot();
        assertThatThrownBy(() -> node.renew(host.vm())).isInstanceOf(DriverException.class);
    }

    @Test
    void checkpointsOfAVmThatIsOffAreForgotten() {
        Host host = Host.ofDisks(lab, 1).boot();
        String name = host.guest().name();
        lab.virsh("checkpoint-create-as", name, "backup-1");
        host.powerOff();
        KvmHypervisor node = node();

        assertThat(node.forgetCheckpoints(host.vm())).isEqualTo(1);

        assertThat(lab.virsh("checkpoint-list", name, "--name")).isBlank();
        assertThat(node.forgetCheckpoints(host.vm())).isZero();
    }

    @Test
    void theClockOfAGuestWithoutAnAgentIsAFailure() {
        Host host =
                Host.of(lab, TickerGuest.in(lab.directory(), lab.newName(), 1)).boot();

        assertThatThrownBy(() -> node().set(host.vm())).isInstanceOf(DriverException.class);
    }
}
