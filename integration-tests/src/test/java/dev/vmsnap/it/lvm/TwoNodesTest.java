package dev.vmsnap.it.lvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.StorageKind;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.it.lvm.LvmHost.Saved;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.storage.lvm.LvmStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A guest on volumes that two nodes share is taken from one to the other with its snapshots, and a node dies. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@ResourceLock("node b")
final class TwoNodesTest {
    private static final String DISK = "it_moves";

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "a", "b");

    private LvmHost host;

    @BeforeEach
    void defineTheGuestOnA() {
        LabNode a = lab.node("a");
        String disk = "/dev/" + a.sharedGroup() + "/" + DISK;
        a.run("lvcreate", "-q", "-y", "-aey", "-L", "16m", "-n", DISK, a.sharedGroup());
        TickerGuest guest = LvmHost.guest(lab.newName(), disk);
        NodeTicker ticker = NodeTicker.of(a, guest).createDisks().define();
        lab.node("b").run("mkdir", "-p", LvmLab.FILES);
        host = LvmHost.of(
                lab,
                ticker,
                events -> lab.closed(SnapshotEngine.builder()
                        .node("a", KvmHypervisor.connect(a.uri()))
                        .node("b", KvmHypervisor.connect(lab.node("b").uri()))
                        .storage(LvmStorage.inSharedVolumeGroup(a.sharedGroup()))
                        .store(JdbcStore.sqlite(lab.store()))
                        .events(events)
                        .build()));
    }

    @AfterEach
    void removeTheDisk() {
        for (LabNode node : List.of(NODES.up("a"), NODES.up("b"))) {
            node.attempt("sh", "-c", "virsh -q list --name | xargs -r -n 1 virsh -q destroy");
            node.attempt("vgchange", "-q", "-an", node.sharedGroup());
        }
        lab.node("a").run("lvremove", "-q", "-y", "-S", "lv_name=" + DISK + " || lv_name=~\"^vmsnap\"", "vg_san");
    }

    @Test
    void aGuestGoesThereAndBackAndToItsSnapshotsAtEachStop() {
        host.boot();
        Saved ram = host.save("with RAM", true);
        host.tickOn();
        Saved bare = host.save("disk only", false);
        host.tickOn();
        assertRefused(Refusal.Code.VM_STATE_UNSUPPORTED, "b");

        host.powerOff();
        LvmHost there = migrate("a", "b");
        bringBack(there, ram, bare);
        Snapshot taken = there.create("taken on b");
        there.powerOff();
        LvmHost back = migrate("b", "a");
        bringBack(back, ram, bare);
        back.powerOff();
        back.restore(taken);

        assertThat(back.tree().current()).contains(taken.id());
        assertThat(taken.node()).isEqualTo("b");
        back.snapshots().vmDeleted(back.vm(), LvmHost.ADMIN).await();
        assertThat(Volumes.on(lab.node("a")).ours()).isEmpty();
    }

    @Test
    void theOtherNodeIsRefusedWhileTheFirstHasTheDisk() {
        host.boot();
        Saved ram = host.save("with RAM", true);
        host.tickOn();
        // Somebody gives the guest to b and takes it from a's libvirt, but leaves its disk to a's LVM.
        host.powerOff();
        String xml = lab.node("a")
                .run("virsh", "dumpxml", "--inactive", host.ticker().guest().name());
        host.ticker().remove();
        lab.node("b").write(xml.getBytes(StandardCharsets.UTF_8), "/tmp/stray.xml");
        lab.node("b").run("virsh", "-q", "define", "/tmp/stray.xml");
        long left = counterOn("a");

        assertThatThrownBy(() -> host.restore(ram.snapshot()))
                .isInstanceOfSatisfying(
                        SnapshotException.class, e -> assertThat(e.recovery()).isNotBlank())
                .hasMessageContaining("locked by other host");
        assertThat(counterOn("a")).isEqualTo(left);
        assertThat(lab.node("b").attempt("lvchange", "-aey", "vg_san/" + DISK).errors())
                .contains("locked by other host");

        lab.node("a").run("vgchange", "-q", "-an", "vg_san");
        assertThat(host.snapshots().recover().clean()).isTrue();
        LvmHost there = host.on(lab.node("b"));
        there.restore(ram.snapshot());
        assertThat(there.power()).isEqualTo(PowerState.RUNNING);
        there.tickOn();
    }

    private long counterOn(String node) {
        return NodeTicker.counter(lab.node(node), "/dev/vg_san/" + DISK).orElseThrow();
    }

    @Test
    void aNodeThatDiesKeepsItsGuestsSnapshotsUntilItIsBack() {
        host.boot();
        Saved ram = host.save("with RAM", true);
        host.tickOn();
        NODES.kill("a");

        assertRefused(Refusal.Code.NODE_UNREACHABLE, "b");
        assertThatThrownBy(() -> host.restore(ram.snapshot()))
                .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.refusals())
                        .extracting(Refusal::code)
                        .containsExactly(Refusal.Code.NODE_UNREACHABLE));

        NODES.up("a");
        assertThat(host.snapshots().recover().clean()).isTrue();
        host.restore(ram.snapshot());
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
    }

    private LvmHost migrate(String from, String to) {
        assertThat(host.snapshots()
                        .check(host.vm(), new Intent.MigrateCold(to, StorageKind.NETWORK_LVM), LvmHost.ADMIN)
                        .refusals())
                .isEmpty();
        host.snapshots().migrate(host.vm(), to, LvmHost.ADMIN).await();
        assertThat(lab.node(from).run("lvs", "--noheadings", "-o", "lv_active", "vg_san"))
                .doesNotContain("active\n");
        assertThat(lab.node(from).run("virsh", "-q", "list", "--all", "--name"))
                .doesNotContain(host.ticker().guest().name());
        return host.on(lab.node(to));
    }

    /** From its disk, with RAM, without it, and with RAM again. */
    private static void bringBack(LvmHost at, Saved ram, Saved bare) {
        at.boot();
        Returns.withRam(at, ram);
        at.tickOn();
        Returns.withoutRam(at, bare);
        at.tickOn();
        Returns.withRam(at, ram);
        assertThat(at.power()).isEqualTo(PowerState.RUNNING);
        at.tickOn();
    }

    private void assertRefused(Refusal.Code code, String node) {
        assertThat(host.snapshots()
                        .check(host.vm(), new Intent.Migrate(node), LvmHost.ADMIN)
                        .refusals())
                .extracting(Refusal::code)
                .contains(code);
    }
}
