package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Finding;
import dev.vmsnap.Snapshot;
import dev.vmsnap.lab.guest.GuestDisk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A storage that lets QEMU write no more: what QEMU could not delete is not reported as deleted. */
final class FailedDeleteTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void whatCouldNotBeDeletedStaysOpenAndIsDeletedWhenTheVmIsOff() {
        Host host = Host.ofDisks(lab, 1).boot();
        Snapshot first = host.create("first");
        Snapshot second = host.create("second");
        GuestDisk disk = host.guest().disks().get(0);
        sealed(disk, true);

        assertThatThrownBy(() -> host.delete(second)).hasStackTraceContaining("Operation not permitted");

        sealed(disk, false);
        assertThat(host.inImage(disk)).hasSize(2);
        host.powerOff();
        host.snapshots().recover();
        assertThat(host.tree().find(second.id())).isEmpty();
        assertThat(host.tree().find(first.id())).isPresent();
        assertThat(host.inImage(disk)).hasSize(1);
        host.assertImagesClean();
    }

    @Test
    void whatQemuHasForgottenAndTheFileHoldsIsNotGone() {
        Host host = Host.ofDisks(lab, 1).boot();
        Snapshot snapshot = host.create("forgotten");
        GuestDisk disk = host.guest().disks().get(0);
        sealed(disk, true);
        assertThatThrownBy(() -> host.delete(snapshot)).isInstanceOf(RuntimeException.class);
        sealed(disk, false);

        host.snapshots().delete(host.vm(), snapshot.id(), Host.ADMIN).await();

        assertThat(host.tree().isEmpty()).isTrue();
        assertThat(host.inImage(disk)).as("what is left behind").hasSize(1);
        assertThat(host.snapshots().doctor(host.vm())).anySatisfy(finding -> {
            assertThat(finding.kind()).isEqualTo(Finding.Kind.LEFT_BEHIND);
            assertThat(finding.message()).contains("power the VM off");
        });
        host.powerOff();
        host.snapshots().recover();
        assertThat(host.inImage(disk)).isEmpty();
        host.assertImagesClean();
    }

    @Test
    void aCutThatCannotBeWrittenLeavesNothing() {
        Host host = Host.ofDisks(lab, 2).boot();
        GuestDisk second = host.guest().disks().get(1);
        sealed(second, true);

        assertThatThrownBy(() -> host.create("refused"))
                .hasStackTraceContaining("Operation not permitted")
                .hasStackTraceContaining("make it writable");

        sealed(second, false);
        assertThat(host.snapshots().tree(host.vm()).isEmpty()).isTrue();
        assertThat(host.inImage(host.guest().disks().get(0))).isEmpty();
        assertThat(host.inImage(second)).isEmpty();
        host.create("writable");
    }

    /** A file that nobody may change any more, not even who has it open. */
    private void sealed(GuestDisk disk, boolean sealed) {
        if (sealed) {
            lab.cleanUp(() -> Shell.attempt("chattr", "-i", disk.file().toString()));
        }
        Shell.run("chattr", sealed ? "+i" : "-i", disk.file().toString());
    }
}
