package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
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
    void aProcessThatDiesBetweenStepsOfACreateIsCleanedUpAfter(String verb, int mark) throws Exception {
        Host host = Host.ofDisks(lab, 2).boot();

        assertThat(victim(host, verb, mark).waitFor()).isEqualTo(9);

        assertThat(host.snapshots().recover().clean()).isTrue();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        assertThat(host.tree().isEmpty()).isTrue();
        assertNoSnapshotLeft(host);
        assertLifeGoesOn(host);
    }

    @Test
    void aProcessThatDiesWhileRamIsWrittenLeavesTheGuestToLibvirtWhichLetsItGo() throws Exception {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 2).withMemory(256, 200);
        Host host = Host.of(lab, guest).boot();
        Process victim = victim(host, "create-ram", 0);
        awaitLine(victim, "save RAM and snapshot the disks");
        victim.destroyForcibly().waitFor();

        host.tickOn();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        assertThat(host.snapshots().recover().clean()).isTrue();

        assertThat(host.tree().isEmpty()).isTrue();
        assertNoSnapshotLeft(host);
        assertLifeGoesOn(host);
    }

    @ParameterizedTest
    @CsvSource({"disks,3", "disks,4", "disks,5", "disks,6", "disks,7", "disks,8", "ram,4", "ram,5", "ram,6", "ram,7"})
    void aProcessThatDiesBetweenStepsOfARestoreIsFinishedOrUndone(String what, int mark) throws Exception {
        Host host = Host.ofDisks(lab, 2).boot();
        Snapshot snapshot = what.equals("ram") ? host.createWithRam("kept") : host.create("kept");
        host.tickOn();

        assertThat(victim(host, "restore:" + snapshot.id(), mark).waitFor()).isEqualTo(9);

        assertThat(host.snapshots().recover().clean()).isTrue();
        assertThat(host.find(snapshot.id()).status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        host.restore(host.find(snapshot.id()));
        host.tickOn();
        assertLifeGoesOn(host);
    }

    @Test
    void aProcessThatDiesWhileItReclaimsLeavesNoGrownDiskAndNoHeldGuest() throws Exception {
        Host host = Host.ofDisks(lab, 2).boot();
        Snapshot snapshot = host.createWithRam("with RAM");
        host.restore(snapshot);
        host.tickOn();
        assertThat(victim(host, "delete:" + snapshot.id(), 2).waitFor()).isEqualTo(9);
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
    void aGuestThatWasShutOffWhileADiskWasGrownGetsItsSizeBack() throws Exception {
        Host host = Host.ofDisks(lab, 1).boot();
        Snapshot snapshot = host.createWithRam("with RAM");
        host.restore(snapshot);
        assertThat(victim(host, "delete:" + snapshot.id(), 1).waitFor()).isEqualTo(9);
        lab.virsh("suspend", host.guest().name());
        lab.virsh("blockresize", host.guest().name(), "vda", "700M");
        host.powerOff();

        assertThat(host.snapshots().recover().clean()).isTrue();

        assertThat(lab.virsh("domblkinfo", host.guest().name(), "vda")).containsPattern("Capacity: +67108864");
        host.assertImagesClean();
        host.boot().tickOn();
    }

    /** What the child process does: one verb, with an end at a mark when one is given. */
    public static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) {
            Path store = Path.of(arguments[1]);
            VmId vm = VmId.of(arguments[2]);
            int mark = Integer.parseInt(arguments[4]);
            VmSnapshots snapshots = SnapshotEngine.builder()
                    .node("node-1", KvmHypervisor.connect(arguments[0]))
                    .storage(new FileStorage())
                    .store(
                            arguments[3].startsWith("delete")
                                    ? TroubledStore.haltingNote(JdbcStore.sqlite(store), mark)
                                    : TroubledStore.haltingMark(JdbcStore.sqlite(store), mark))
                    .events(Victim::print)
                    .build();
            switch (arguments[3].split(":")[0]) {
                case "create" ->
                    snapshots.create(vm, SnapshotSpec.named("victim"), ADMIN).await();
                case "create-ram" ->
                    snapshots
                            .create(vm, SnapshotSpec.named("victim").withRam(), ADMIN)
                            .await();
                case "delete" -> snapshots.delete(vm, id(arguments[3]), ADMIN).await();
                default -> snapshots.restore(vm, id(arguments[3]), ADMIN).await();
            }
        }

        private static SnapshotId id(String verb) {
            return SnapshotId.of(verb.split(":")[1]);
        }

        private static void print(SnapshotEvent event) {
            if (event.phase() == Phase.STEP) {
                System.out.println(event.detail());
            }
        }
    }

    private Process victim(Host host, String verb, int mark) throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        lab.uri(),
                        Host.store(lab).toString(),
                        host.vm().value(),
                        verb,
                        "" + mark))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void awaitLine(Process process, String wanted) throws IOException {
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals(wanted)) {
                return;
            }
        }
        throw new IllegalStateException("the process ended before '" + wanted + "'");
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
