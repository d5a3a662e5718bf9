package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.spi.ImageInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An image is the file that QEMU has open, not what lies at its path by now. */
final class RemovedImageTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void anImageThatIsRemovedOrReplacedUnderARunningVmIsReported() throws IOException {
        Host host = Host.ofDisks(lab, 2).boot();
        Path first = host.guest().disks().get(0).file();
        Path second = host.guest().disks().get(1).file();
        assertThat(detached(host)).containsExactly(Optional.empty(), Optional.empty());

        Path moved = Files.move(first, lab.directory().resolve("moved.qcow2"));
        assertThat(detached(host).get(0))
                .hasValueSatisfying(why -> assertThat(why).contains("nothing lies at"));

        Files.copy(moved, first);
        Files.delete(second);
        List<Optional<String>> detached = detached(host);
        assertThat(detached.get(0)).hasValueSatisfying(why -> assertThat(why).contains("another file lies at"));
        assertThat(detached.get(1))
                .hasValueSatisfying(
                        why -> assertThat(why).contains("no longer has a name").contains("copy it"));
    }

    @Test
    void theRemedyGivesTheDiskAFileInWhichSnapshotsLast() throws IOException {
        Host host = Host.ofDisks(lab, 1).boot();
        Files.delete(host.guest().disks().get(0).file());
        List<Refusal> refusals = check(host);
        assertThat(refusals).extracting(Refusal::code).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        String remedy = refusals.get(0).remedy();
        Path copy = lab.directory().resolve("copy.qcow2");

        lab.virsh(remedy.substring(remedy.indexOf("virsh ") + "virsh ".length(), remedy.indexOf("' while"))
                .replace("DOMAIN", host.guest().name())
                .replace("FILE", copy.toString())
                .split(" "));

        assertThat(check(host)).isEmpty();
        host.create("in the copy");
        assertThat(detached(host)).containsExactly(Optional.empty());
        assertThat(lab.virsh("dumpxml", "--inactive", host.guest().name())).contains(copy.toString());
    }

    private static List<Refusal> check(Host host) {
        return host.snapshots()
                .check(host.vm(), new Intent.Create(SnapshotSpec.named("next")), TickingHost.ADMIN)
                .refusals();
    }

    private List<Optional<String>> detached(Host host) {
        try (KvmHypervisor hypervisor = KvmHypervisor.connect(lab.uri())) {
            return hypervisor.images(host.vm()).stream()
                    .map(ImageInfo::detached)
                    .toList();
        }
    }
}
