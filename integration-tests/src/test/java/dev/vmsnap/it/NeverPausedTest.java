package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.it.ChildHost.Death;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.store.jdbc.JdbcStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Failures and deaths at every step, on a real guest: it counts on, and what was begun is undone or finished. */
final class NeverPausedTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFailureAtAnyStepOfACreateLeavesTheGuestRunningAndNothingBehind(boolean ram) {
        Host host = Host.ofDisks(lab, 2).boot();
        SnapshotSpec spec = ram ? SnapshotSpec.named("x").withRam() : SnapshotSpec.named("x");
        int failures = 0;
        for (int mark = 1; ; mark++) {
            int nth = mark;
            VmSnapshots snapshots =
                    Host.engine(lab, TroubledStore.failingMark(JdbcStore.sqlite(Host.store(lab)), nth), b -> b);
            try {
                snapshots.create(host.vm(), spec, ADMIN).await();
                break;
            } catch (SnapshotException told) {
                failures++;
            }
            assertThat(host.power()).as("mark %s", mark).isEqualTo(PowerState.RUNNING);
            host.tickOn();
            assertThat(host.snapshots().recover().clean()).isTrue();
            host.tree().snapshots().forEach(host::delete);
            assertNoSnapshotLeft(host);
        }
        assertThat(failures).isGreaterThan(8);
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        host.powerOff();
        host.assertImagesClean();
    }

    @ParameterizedTest
    @CsvSource({"create,5", "create,6", "create,7", "create-ram,5", "create-ram,6", "create-ram,9"})
    void aProcessThatDiesBetweenStepsOfACreateIsCleanedUpAfter(String verb, int mark) {
        Host host = Host.ofDisks(lab, 2).boot();

        victim(host, verb, Death.atMark(mark)).awaitDeath();

        assertThat(host.snapshots().recover().clean()).isTrue();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        assertThat(host.tree().isEmpty()).isTrue();
        assertNoSnapshotLeft(host);
        assertLifeGoesOn(host);
    }

    @Test
    void aProcessThatDiesWhileRamIsWrittenLeavesTheGuestToLibvirtWhichLetsItGo() {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 2).withMemory(256, 200);
        Host host = Host.of(lab, guest).boot();
        ChildHost victim = victim(host, "create-ram", Death.byOthers());
        victim.await("save RAM and snapshot the disks");
        victim.close();

        host.tickOn();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        assertThat(host.snapshots().recover().clean()).isTrue();

        assertThat(host.tree().isEmpty()).isTrue();
        assertNoSnapshotLeft(host);
        assertLifeGoesOn(host);
    }

    @ParameterizedTest
    @CsvSource({"disks,3", "disks,4", "disks,5", "disks,6", "disks,7", "disks,8", "ram,4", "ram,5", "ram,6", "ram,7"})
    void aProcessThatDiesBetweenStepsOfARestoreIsFinishedOrUndone(String what, int mark) {
        Host host = Host.ofDisks(lab, 2).boot();
        Snapshot snapshot = what.equals("ram") ? host.createWithRam("kept") : host.create("kept");
        host.tickOn();

        victim(host, "restore:" + snapshot.id(), Death.atMark(mark)).awaitDeath();

        assertThat(host.snapshots().recover().clean()).isTrue();
        assertThat(host.find(snapshot.id()).status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        host.restore(host.find(snapshot.id()));
        host.tickOn();
        assertLifeGoesOn(host);
    }

    @Test
    void aProcessThatDiesWhileItReclaimsLeavesNoGrownDiskAndNoHeldGuest() {
        Host host = Host.ofDisks(lab, 2).boot();
        Snapshot snapshot = host.createWithRam("with RAM");
        host.restore(snapshot);
        host.tickOn();
        victim(host, "delete:" + snapshot.id(), Death.afterNote(2)).awaitDeath();
        lab.virsh("suspend", host.guest().name());
        lab.virsh("blockresize", host.guest().name(), "vda", "700M");

        assertThat(host.snapshots().recover().clean()).isTrue();

        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        assertThat(lab.virsh("domblkinfo", host.guest().name(), "vda")).containsPattern("Capacity: +67108864");
        assertThat(host.tree().isEmpty()).isTrue();
        host.tickOn();
        assertLifeGoesOn(host);
    }

    @Test
    void aGuestThatWasShutOffWhileADiskWasGrownGetsItsSizeBack() {
        Host host = Host.ofDisks(lab, 1).boot();
        Snapshot snapshot = host.createWithRam("with RAM");
        host.restore(snapshot);
        victim(host, "delete:" + snapshot.id(), Death.afterNote(1)).awaitDeath();
        lab.virsh("suspend", host.guest().name());
        lab.virsh("blockresize", host.guest().name(), "vda", "700M");
        host.powerOff();

        assertThat(host.snapshots().recover().clean()).isTrue();

        assertThat(lab.virsh("domblkinfo", host.guest().name(), "vda")).containsPattern("Capacity: +67108864");
        host.assertImagesClean();
        host.boot().tickOn();
    }

    private ChildHost victim(Host host, String verb, Death death) {
        return ChildHost.start("node-1", lab.uri(), "", Host.store(lab), host.vm(), verb, death);
    }

    private static void assertNoSnapshotLeft(Host host) {
        for (GuestDisk disk : host.guest().disks()) {
            assertThat(host.inImage(disk)).isEmpty();
        }
    }

    private static void assertLifeGoesOn(Host host) {
        Snapshot next = host.create("next");
        host.restore(next);
        host.tickOn();
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        assertNoSnapshotLeft(host);
        host.powerOff();
        host.assertImagesClean();
    }
}
