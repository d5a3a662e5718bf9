package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Certificate;
import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.GuestDisk.Format;
import dev.vmsnap.lab.guest.TickerGuest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks that cannot take part are refused before anything happens, or left out and said. */
final class DiskKindsTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRawFileIsRefused(boolean ram) {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 1);
        GuestDisk raw = new GuestDisk(lab.directory().resolve("raw.img"), Format.RAW, 16);
        Host host = Host.of(lab, guest.withDisks(List.of(guest.disks().get(0), raw)))
                .boot();

        Verdict verdict = check(host, ram);

        assertThat(codes(verdict)).contains(Code.FORMAT_UNSUPPORTED);
        assertThat(verdict.refusals()).allSatisfy(r -> assertThat(r.remedy()).isNotBlank());
        assertThat(host.inImage(host.guest().disks().get(0))).isEmpty();
    }

    @Test
    void anRbdDiskIsRefusedWithTheReason() {
        Host host = withDevices("<disk type='network' device='disk'><driver name='qemu' type='raw'/>"
                + "<source protocol='rbd' name='pool/image'><host name='127.0.0.1' port='6789'/></source>"
                + "<target dev='vdx' bus='virtio'/></disk>");

        assertThat(codes(check(host, false))).containsExactly(Code.STORAGE_UNSUPPORTED);
    }

    @Test
    void aCdromAndAReadOnlyDiskAreLeftOutAndSaid() {
        Path iso = lab.directory().resolve("cd.iso");
        Shell.run("truncate", "-s", "1M", iso.toString());
        Host host = withDevices("<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='" + iso
                + "'/><target dev='sda' bus='sata'/><readonly/></disk>"
                + "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='" + iso
                + "'/><target dev='vdx' bus='virtio'/><readonly/></disk>");
        Verdict verdict = check(host, false);
        assertThat(verdict.allowed()).as("%s", verdict.refusals()).isTrue();
        assertThat(verdict.notices())
                .filteredOn(n -> n.code() == Notice.Code.DISK_LEFT_OUT)
                .hasSize(2);

        Snapshot snapshot = host.create("without them");

        assertThat(snapshot.volumes()).extracting(Volume::target).containsExactly("vda");
        assertThat(snapshot.receipt().orElseThrow().notes())
                .anySatisfy(note -> assertThat(note).contains("sda"));
        host.restore(snapshot);
    }

    @Test
    void aShareableDiskIsRefused() {
        Path shared = lab.directory().resolve("shared.raw");
        Shell.run("truncate", "-s", "1M", shared.toString());
        Host host = withDevices("<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/>"
                + "<source file='" + shared + "'/><target dev='vdx' bus='virtio'/><shareable/></disk>");

        assertThat(codes(check(host, false))).contains(Code.DISK_SHAREABLE);
    }

    @Test
    void aDiskThatNobodyOwnsIsRefused() {
        Host host = withDevices("<disk type='block' device='disk'><driver name='qemu' type='raw'/>"
                + "<source dev='/dev/vg_nobody/lv'/><target dev='vdx' bus='virtio'/></disk>");

        assertThat(codes(check(host, false))).containsExactly(Code.NO_STORAGE_DRIVER);
    }

    @Test
    void dirtyBitmapsRefuseTheRestoreBeforeTheGuestIsStopped() {
        Host host = Host.ofDisks(lab, 1);
        Snapshot snapshot = host.create("before the backup");
        Path image = host.guest().disks().get(0).file();
        Shell.run("qemu-img", "bitmap", "--add", "-f", "qcow2", image.toString(), "backup-1");

        Verdict verdict =
                host.snapshots().check(host.vm(), new Intent.Restore(snapshot.id(), Intent.Drift.REFUSE), ADMIN);

        assertThat(codes(verdict)).containsExactly(Code.DIRTY_BITMAPS);
        assertThat(check(host, false).notices()).extracting(Notice::code).contains(Notice.Code.DIRTY_BITMAPS);
        Shell.run("qemu-img", "bitmap", "--add", "-f", "qcow2", "--", image.toString(), "--remove");
        Intent.RestoreOptions dropping = Intent.RestoreOptions.ORDINARY.droppingBitmaps();

        Certificate certificate = host.snapshots()
                .restore(host.vm(), snapshot.id(), dropping, ADMIN)
                .await()
                .certificate();

        assertThat(certificate.line(Certificate.Hazard.BITMAPS).outcome()).isEqualTo(Certificate.Outcome.DONE);
        assertThat(check(host, false).notices()).extracting(Notice::code).doesNotContain(Notice.Code.DIRTY_BITMAPS);
        host.restore(snapshot);
    }

    @Test
    void anImageThatSomethingElseHasOpenIsNotTouched() throws Exception {
        Host host = Host.ofDisks(lab, 1);
        Path image = host.guest().disks().get(0).file();
        Process holder = new ProcessBuilder("qemu-io", "-f", "qcow2", image.toString()).start();
        try {
            holder.getOutputStream().write("write 0 512\n".getBytes(StandardCharsets.US_ASCII));
            holder.getOutputStream().flush();
            assertThat(holder.inputReader().readLine()).contains("wrote");

            assertThat(codes(check(host, false))).containsExactly(Code.IMAGE_IN_USE);
            assertThatThrownBy(() -> host.create("in use")).isInstanceOf(RefusedException.class);
        } finally {
            holder.destroyForcibly().waitFor();
        }
        assertThat(host.tree().isEmpty()).isTrue();
        host.create("free again");
        host.assertImagesClean();
    }

    private Host withDevices(String devices) {
        return Host.of(lab, TickerGuest.in(lab.directory(), lab.newName(), 1).withMoreDevices(devices));
    }

    private static Verdict check(Host host, boolean ram) {
        SnapshotSpec spec = ram ? SnapshotSpec.named("x").withRam() : SnapshotSpec.named("x");
        return host.snapshots().check(host.vm(), new Intent.Create(spec), ADMIN);
    }

    private static List<Code> codes(Verdict verdict) {
        return verdict.refusals().stream().map(Refusal::code).toList();
    }
}
