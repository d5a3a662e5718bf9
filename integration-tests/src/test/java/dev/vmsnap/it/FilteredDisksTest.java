package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict;
import dev.vmsnap.lab.guest.TickerGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Disks that QEMU has put something of its own in front of. */
final class FilteredDisksTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void aBackupBesideIsTheOnlyObstacleAndHarmsNothing() throws IOException {
        Host host = Host.ofDisks(lab, 2).boot();
        Snapshot snapshot = host.create("before the backup");
        Path backup = Files.writeString(
                lab.directory().resolve("backup.xml"),
                "<domainbackup mode='pull'><server transport='unix' socket='%s'/><disks>"
                                .formatted(lab.directory().resolve("nbd"))
                        + "<disk name='vda' backup='yes' type='file'><scratch file='%s'/></disk>"
                                .formatted(lab.directory().resolve("scratch.qcow2"))
                        + "<disk name='vdb' backup='no'/></disks></domainbackup>");
        lab.virsh("backup-begin", host.guest().name(), backup.toString());

        Verdict verdict =
                host.snapshots().check(host.vm(), new Intent.Restore(snapshot.id(), Intent.Drift.REFUSE), ADMIN);

        assertThat(verdict.refusals()).extracting(Refusal::code).containsExactly(Refusal.Code.VM_BUSY);
        host.snapshots().doctor(host.vm());
        lab.virsh("domjobabort", host.guest().name());
        awaitFree(host);
        assertThat(host.find(snapshot.id()).status()).isEqualTo(Snapshot.Status.AVAILABLE);
        host.restore(snapshot);
        host.tickOn();
    }

    @Test
    void aDiskWithCopyOnReadIsCutAndCleanedWhileItRuns() {
        Path base = lab.directory().resolve("base.qcow2");
        Path image = lab.directory().resolve("linked.qcow2");
        Shell.run("qemu-img", "create", "-q", "-f", "qcow2", base.toString(), "16M");
        Shell.run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base.toString(), image.toString());
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 1)
                .withMoreDevices("<disk type='file' device='disk'><driver name='qemu' type='qcow2' copy_on_read='on'/>"
                        + "<source file='" + image + "'/><target dev='vdx' bus='virtio'/></disk>");
        Host host = Host.of(lab, guest).boot();

        Snapshot snapshot = host.create("of both");

        assertThat(listed(image)).hasSize(1);
        host.tickOn();
        host.delete(snapshot);
        assertThat(listed(image)).isEmpty();
        host.powerOff();
        host.assertImagesClean();
    }

    /** libvirt ends a job some time after it was told to. */
    private static void awaitFree(Host host) {
        long end = System.nanoTime() + Host.PATIENCE.toNanos();
        while (!host.snapshots()
                .check(host.vm(), new Intent.Create(SnapshotSpec.named("free")), ADMIN)
                .allowed()) {
            assertThat(System.nanoTime() - end).as("the backup ends").isNegative();
            host.tickOn();
        }
    }

    private List<String> listed(Path image) {
        return Shell.run("qemu-img", "snapshot", "-U", "-l", image.toString())
                .lines()
                .filter(line -> line.contains("vmsnap-"))
                .toList();
    }
}
