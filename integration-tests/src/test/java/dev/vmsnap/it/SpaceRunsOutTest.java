package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Intent;
import dev.vmsnap.Plan;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.GuestDisk.Format;
import dev.vmsnap.lab.guest.TickerGuest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A file system that is really full: the guest comes before the snapshot. */
final class SpaceRunsOutTest {
    private static final long MIB = 1L << 20;

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void ramThatDoesNotFitLeavesAnUnavailableSnapshotAndAGuestThatCountsOn() {
        Path small = lab.smallFileSystem(160);
        TickerGuest guest = TickerGuest.in(small, lab.newName(), 1);
        GuestDisk other = new GuestDisk(lab.directory().resolve("other.qcow2"), Format.QCOW2, 16);
        Host host = Host.of(
                        lab,
                        guest.withDisks(List.of(guest.disks().get(0), other)).withMemory(320, 300))
                .boot();
        host.tickOn();
        Snapshot earlier = host.create("earlier");
        long freeBefore = free(small);
        Plan plan = host.snapshots()
                .plan(host.vm(), new Intent.Create(SnapshotSpec.named("big").withRam()), ADMIN);
        assertThat(plan.verdict().notices()).extracting(Notice::code).contains(Notice.Code.SPACE_MAY_RUN_OUT);

        assertThatThrownBy(() -> host.createWithRam("big"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));

        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        Snapshot big = host.tree().snapshots().get(1);
        assertThat(big.status()).isEqualTo(Snapshot.Status.UNAVAILABLE);
        assertThat(big.reason()).contains(Snapshot.Reason.NO_SPACE);
        assertThat(host.tree().current()).contains(earlier.id());
        assertThatThrownBy(() -> host.restore(big))
                .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.refusals())
                        .extracting(Refusal::code)
                        .containsExactly(Refusal.Code.SNAPSHOT_UNAVAILABLE));

        host.delete(big);

        assertThat(free(small)).isGreaterThan(freeBefore - 8 * MIB);
        host.tickOn();
        host.restore(earlier);
        host.tickOn();
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        host.powerOff();
        host.assertImagesClean();
    }

    @Test
    void aSnapshotCanBeDeletedWhenNothingIsFree() {
        Path small = lab.smallFileSystem(96);
        Host host = Host.of(lab, TickerGuest.in(small, lab.newName(), 1)).boot();
        Snapshot snapshot = host.createWithRam("soon in the way");
        host.tickOn();
        Shell.attempt("dd", "if=/dev/zero", "of=" + small.resolve("filler"), "bs=64k");
        assertThat(free(small)).isLessThan(MIB);

        host.delete(snapshot);

        assertThat(host.tree().isEmpty()).isTrue();
        assertThat(host.inImage(host.guest().disks().get(0))).isEmpty();
    }

    private static long free(Path mount) {
        String[] lines =
                Shell.run("df", "--output=avail", "-B1", mount.toString()).split("\n");
        return Long.parseLong(lines[lines.length - 1].strip());
    }
}
