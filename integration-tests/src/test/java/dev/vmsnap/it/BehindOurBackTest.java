package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.VmOverview;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.spi.ImageInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Things that other people do to our VMs and images: said clearly, nothing lost. */
final class BehindOurBackTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void aSnapshotRemovedWithQemuImgIsNoticedBeforeTheGuestIsStopped() {
        Host host = Host.ofDisks(lab, 2).boot();
        Snapshot removed = host.create("removed");
        Snapshot kept = host.create("kept");
        host.powerOff();
        GuestDisk second = host.guest().disks().get(1);
        Shell.run(
                "qemu-img",
                "snapshot",
                "-d",
                ImageInfo.tag(removed.id()),
                second.file().toString());
        host.boot();

        assertThat(codes(host, removed)).containsExactly(Code.SNAPSHOT_INCOMPLETE);

        host.tickOn();
        assertThat(host.find(removed.id()).reason()).contains(Snapshot.Reason.MISSING);
        host.delete(removed);
        host.restore(kept);
        host.tickOn();
        assertThat(host.tree().snapshots()).extracting(Snapshot::id).containsExactly(kept.id());
    }

    @Test
    void aSnapshotAddedWithQemuImgIsLeftAlone() {
        Host host = Host.ofDisks(lab, 1);
        GuestDisk disk = host.guest().disks().get(0);
        Snapshot ours = host.create("ours");
        Shell.run("qemu-img", "snapshot", "-c", "theirs", disk.file().toString());
        Shell.run("qemu-img", "snapshot", "-c", "vmsnap-sunknown", disk.file().toString());

        assertThat(host.snapshots().doctor(host.vm()))
                .extracting(Finding::kind)
                .containsExactlyInAnyOrder(Finding.Kind.FOREIGN, Finding.Kind.ORPHAN);
        host.restore(ours);
        host.snapshots().deleteAll(host.vm(), ADMIN).await();

        assertThat(host.inImage(disk)).containsExactly("theirs", "vmsnap-sunknown");
        host.assertImagesClean();
    }

    @Test
    void aDiskThatWasDetachedStaysAsItIsWhenTheOthersAreBroughtBack() {
        Host host = Host.ofDisks(lab, 2);
        List<GuestDisk> disks = host.guest().disks();
        disks.forEach(disk -> fill(disk, 1));
        Snapshot both = host.create("both");
        disks.forEach(disk -> fill(disk, 2));
        lab.virsh("detach-disk", host.guest().name(), "vdb", "--config");

        assertThat(codes(host, both)).containsOnly(Code.CONFIGURATION_DRIFTED);
        host.snapshots()
                .restore(host.vm(), both.id(), Intent.Drift.KEEP_CONFIGURATION, ADMIN)
                .await();

        assertFilled(disks.get(0), 1);
        assertFilled(disks.get(1), 2);
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        disks.forEach(disk -> assertThat(host.inImage(disk)).isEmpty());
    }

    private static void fill(GuestDisk disk, int pattern) {
        Shell.run(
                "qemu-io",
                "-f",
                "qcow2",
                "-c",
                "write -q -P " + pattern + " 1M 64k",
                disk.file().toString());
    }

    private static void assertFilled(GuestDisk disk, int pattern) {
        Shell.run(
                "qemu-io",
                "-f",
                "qcow2",
                "-c",
                "read -q -P " + pattern + " 1M 64k",
                disk.file().toString());
    }

    @Test
    void aRenamedVmKeepsItsSnapshots() {
        Host host = Host.ofDisks(lab, 1);
        Snapshot snapshot = host.create("before the rename");
        String renamed = host.guest().name() + "-renamed";
        lab.virsh("domrename", host.guest().name(), renamed);
        lab.cleanUp(() -> Shell.attempt("virsh", "-q", "-c", lab.uri(), "undefine", renamed));

        host.restore(snapshot);
        host.create("after the rename");

        assertThat(host.tree().size()).isEqualTo(2);
        assertThat(host.snapshots().vms()).extracting(VmOverview::name).contains(renamed);
    }

    @Test
    void aVmThatVanishedKeepsItsRecordsUntilTheHostSaysItIsDeleted() {
        Host host = Host.ofDisks(lab, 2);
        Snapshot snapshot = host.create("orphaned");
        lab.virsh("undefine", host.guest().name());

        assertThat(codes(host, snapshot)).containsExactly(Code.VM_NOT_FOUND);
        assertThat(host.snapshots().doctor(host.vm())).extracting(Finding::kind).containsExactly(Finding.Kind.VM_GONE);
        assertThat(host.tree().size()).isEqualTo(1);

        host.snapshots().vmDeleted(host.vm(), ADMIN).await();

        assertThat(host.snapshots().trees()).isEmpty();
        for (GuestDisk disk : host.guest().disks()) {
            assertThat(host.inImage(disk)).isEmpty();
        }
    }

    @Test
    void aVmWhoseDisksAreGoneCanStillBeForgotten() throws Exception {
        Host host = Host.ofDisks(lab, 2);
        host.create("lost");
        lab.virsh("undefine", host.guest().name());
        for (GuestDisk disk : host.guest().disks()) {
            Files.delete(disk.file());
        }

        host.snapshots().vmDeleted(host.vm(), ADMIN).await();

        assertThat(host.snapshots().trees()).isEmpty();
    }

    @Test
    void aChangedConfigurationIsRefusedWithWhatDiffersUnlessAccepted() {
        Host host = Host.ofDisks(lab, 1);
        Snapshot snapshot = host.create("32 MiB");
        lab.virsh("setmaxmem", host.guest().name(), "64M", "--config");
        lab.virsh("setmem", host.guest().name(), "64M", "--config");

        assertThatThrownBy(() -> host.restore(snapshot))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("memory");
        host.snapshots()
                .restore(host.vm(), snapshot.id(), Intent.Drift.RESTORE_CONFIGURATION, ADMIN)
                .await();

        assertThat(lab.virsh("dominfo", host.guest().name())).containsPattern("Max memory: +32768 KiB");
        assertThat(host.power()).isEqualTo(PowerState.OFF);
    }

    @Test
    void aPasswordInTheConfigurationSurvivesARestoreAndIsShownToNobody() throws Exception {
        Host host = Host.ofDisks(lab, 1);
        String xml = lab.virsh("dumpxml", host.guest().name())
                .replace(
                        "</devices>",
                        "<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1' passwd='s3cret'/></devices>");
        lab.defineXml(host.guest().name(), xml);
        Snapshot snapshot = host.create("with a password");
        lab.virsh("setmaxmem", host.guest().name(), "64M", "--config");
        lab.virsh("setmem", host.guest().name(), "64M", "--config");

        host.snapshots()
                .restore(host.vm(), snapshot.id(), Intent.Drift.RESTORE_CONFIGURATION, ADMIN)
                .await();

        assertThat(lab.virsh(
                        "dumpxml", "--security-info", "--inactive", host.guest().name()))
                .contains("s3cret");
        assertThat(host.tree().toString() + host.find(snapshot.id())).doesNotContain("s3cret");
        try (Stream<Path> files = Files.walk(lab.directory())) {
            assertThat(files.filter(f -> f.toString().contains(".vmsnap")
                            || f.getFileName().toString().startsWith("snapshots.db")))
                    .hasSizeGreaterThan(2)
                    .allSatisfy(f -> assertThat(Files.getPosixFilePermissions(f))
                            .noneMatch(p ->
                                    p.name().startsWith("GROUP") || p.name().startsWith("OTHERS")));
        }
    }

    private static List<Code> codes(Host host, Snapshot snapshot) {
        try {
            host.restore(snapshot);
        } catch (RefusedException e) {
            return e.refusals().stream().map(Refusal::code).toList();
        }
        throw new AssertionError("the restore was not refused");
    }
}
