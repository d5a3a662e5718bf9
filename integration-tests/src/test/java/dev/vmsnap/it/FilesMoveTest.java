package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static dev.vmsnap.it.Host.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Volume;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A guest on a file goes to another daemon, for which the host has copied the file: with its snapshots or not at all. */
@Timeout(300)
final class FilesMoveTest {
    @RegisterExtension
    final Lab lab = new Lab();

    private Host host;
    private Path there;

    @Test
    void aFileThatWasCopiedWholeBringsItsSnapshotsAlong() throws IOException {
        String other = lab.anotherDaemon().uri();
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 1);
        Path here = guest.disks().get(0).file();
        there = Files.createDirectory(lab.directory().resolve("there")).resolve("moved.qcow2");
        host = Host.of(lab, guest, builder -> builder.node("node-2", KvmHypervisor.connect(other)))
                .boot();
        long beforeRam = host.tickNow();
        Snapshot ram = host.createWithRam("with RAM");
        long atRam = host.console().lastTick().orElseThrow();
        long beforeBare = host.tickOn();
        Snapshot bare = host.create("disk only");
        long atBare = host.tickNow();
        assertRefusedAsRunning();
        host.powerOff();

        assertRefused();
        Shell.run("qemu-img", "convert", "-f", "qcow2", "-O", "qcow2", here.toString(), there.toString());
        assertRefused();
        Files.delete(there);
        Files.copy(here, there);
        host.snapshots().migrate(host.vm(), move(), ADMIN).await();

        assertThat(lab.virsh("list", "--all", "--name")).doesNotContain(guest.name());
        assertThat(here.resolveSibling(".vmsnap")).doesNotExist();
        assertThat(there.resolveSibling(".vmsnap")).isDirectoryContaining("glob:**/" + host.vm() + ".*.json");
        assertThat(host.tree().snapshots())
                .allSatisfy(moved ->
                        assertThat(moved.volumes()).extracting(Volume::source).containsExactly(there.toString()));
        Files.delete(here);
        host.console().skip();
        host.restore(ram);
        assertThat(host.console().awaitTick(PATIENCE)).isBetween(beforeRam, atRam + 3);
        host.console().skip();
        host.restore(bare);
        assertThat(host.console().awaitBoot(PATIENCE).counters())
                .allSatisfy(counter -> assertThat(counter).isBetween(beforeBare, atBare));
        assertThat(host.create("taken there").node()).isEqualTo("node-2");
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        assertThat(Shell.run("qemu-img", "snapshot", "-U", "-l", there.toString()))
                .isEmpty();
    }

    private Intent.Migrate move() {
        return new Intent.Migrate("node-2", Map.of("vda", there.toString()));
    }

    /** Both daemons reach the file, so the other one could be asked for it, and has no such domain. */
    private void assertRefusedAsRunning() {
        assertThat(host.snapshots()
                        .plan(host.vm(), new Intent.Migrate("node-2", Map.of()), ADMIN)
                        .verdict()
                        .refusals())
                .extracting(Refusal::code)
                .containsExactly(Refusal.Code.VM_STATE_UNSUPPORTED);
    }

    /** The other node has nothing there, or a file without snapshots. */
    private void assertRefused() {
        assertThat(host.snapshots().check(host.vm(), move(), ADMIN).refusals())
                .extracting(Refusal::code)
                .containsExactly(Refusal.Code.COPY_INCOMPLETE);
    }
}
