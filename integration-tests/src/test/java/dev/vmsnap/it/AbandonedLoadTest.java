package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.it.ChildHost.Death;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.ImageInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A process dies during a restore with RAM, after QEMU has loaded the RAM and before the guest was released. */
@Timeout(180)
final class AbandonedLoadTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void recoveryLeavesNoGuestPausedThatHasItsRam() throws IOException {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 1);
        Host host = Host.of(lab, guest).boot();
        long before = host.tickOn();
        Snapshot ram = host.createWithRam("with RAM");
        long at = host.console().lastTick().orElseThrow();
        String live = lab.virsh("dumpxml", guest.name(), "--migratable", "--security-info");
        host.tickOn();
        ChildHost.start(
                        "node-1",
                        lab.uri(),
                        "",
                        Host.store(lab),
                        host.vm(),
                        "restore:" + ram.id(),
                        Death.atStep("bring RAM and disks back"))
                .awaitDeath();
        leaveLoaded(guest, live, ImageInfo.tag(ram.id()));

        assertThat(host.snapshots().recover().clean()).isTrue();

        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        assertThat(host.console().awaitReturn(Host.PATIENCE)).isBetween(before, at + 3);
        assertThat(host.tree().current()).contains(ram.id());
        assertThat(lab.virsh("dumpxml", guest.name())).doesNotContain("vmsnap:loading");
    }

    /** Leaves the VM as it is in the middle of that step. */
    private void leaveLoaded(TickerGuest guest, String live, String tag) throws IOException {
        Path marked = Files.writeString(
                lab.directory().resolve("marked.xml"),
                live.replace(
                        "</domain>",
                        "<metadata><x:ram xmlns:x='urn:vmsnap:loading' power='running'/></metadata></domain>"));
        lab.virsh("create", marked.toString(), "--paused");
        String nodes = lab.virsh("qemu-monitor-command", guest.name(), "{\"execute\":\"query-block\"}");
        String node = nodes.replaceAll("(?s).*\"node-name\":\\s*\"(libvirt-[0-9]+-format)\".*", "$1");
        lab.virsh(
                "qemu-monitor-command",
                guest.name(),
                "{\"execute\":\"snapshot-load\",\"arguments\":{\"job-id\":\"j\",\"tag\":\"" + tag + "\",\"vmstate\":\""
                        + node + "\",\"devices\":[\"" + node + "\"]}}");
        String jobs;
        long deadline = System.nanoTime() + Host.PATIENCE.toNanos();
        do {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            jobs = lab.virsh("qemu-monitor-command", guest.name(), "{\"execute\":\"query-jobs\"}");
        } while (!jobs.contains("concluded"));
        assertThat(jobs).doesNotContain("error");
    }
}
