package dev.vmsnap.it.node;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static dev.vmsnap.it.TickingHost.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NfsServer;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A guest on a file goes from one machine to another and back; the host copies the file each time. */
@Tag("nightly")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@ResourceLock("node b")
final class FilesMoveBetweenNodesTest {
    private static final String GUESTS = "/var/lib/guests";
    private static final String WAY = "/mnt/way";

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @TempDir
    private Path directory;

    private VmSnapshots snapshots;

    @BeforeEach
    void showTheNodesEachOthersFiles() {
        snapshots = SnapshotEngine.builder()
                .node("a", KvmHypervisor.connect(NODES.node("a").uri()))
                .node("b", KvmHypervisor.connect(NODES.node("b").uri()))
                .storage(new FileStorage())
                .store(JdbcStore.sqlite(directory.resolve("snapshots.db")))
                .build();
        NODES.node("b").run("mkdir", "-p", GUESTS, WAY);
        String source = NfsServer.on(NODES.node("a")).export(GUESTS, "rw", "no_root_squash", "fsid=73");
        NODES.node("b").run("mount", "-t", "nfs4", source, WAY);
    }

    @AfterEach
    void clean() {
        snapshots.close();
        NODES.node("b").attempt("umount", "-l", WAY);
        NfsServer.on(NODES.node("a")).unexport(GUESTS);
        for (String name : List.of("a", "b")) {
            NODES.node(name)
                    .attempt(
                            "sh",
                            "-c",
                            "virsh -q destroy wanderer; virsh -q undefine wanderer; rm -rf \"$1\"",
                            "sh",
                            GUESTS);
        }
    }

    @Test
    void aGuestGoesThereAndBackAndToItsSnapshotsAtEachStop() {
        NodeTicker first = NodeTicker.of(NODES.node("a"), TickerGuest.in(Path.of(GUESTS), "wanderer", 1))
                .createDisks()
                .define();
        VmId vm = VmId.of(first.uuid());
        snapshots.configure(vm, SettingsChoice.open().allowRam(true), ADMIN);
        first.start(PATIENCE);
        long before = first.tickNow(PATIENCE);
        Snapshot ram = snapshots
                .create(vm, SnapshotSpec.named("with RAM").withRam(), ADMIN)
                .await();
        long after = first.tickOn(PATIENCE);
        Snapshot bare =
                snapshots.create(vm, SnapshotSpec.named("disk only"), ADMIN).await();
        assertThat(snapshots.restorableOn(vm, ram.id(), "b").refusals()).isEmpty();

        NodeTicker there = moved(vm, first, NODES.node("b"), WAY, GUESTS);
        goesOn(vm, there, ram, before, after);
        NodeTicker back = moved(vm, there, NODES.node("a"), GUESTS, WAY);
        goesOn(vm, back, ram, before, after);
        back.console().skip();
        snapshots.restore(vm, bare.id(), ADMIN).await();
        assertThat(back.console().awaitBoot(PATIENCE).counters())
                .singleElement()
                .satisfies(counter -> assertThat(counter).isGreaterThanOrEqualTo(before));

        snapshots.vmDeleted(vm, ADMIN).await();
        back.destroy();
        assertThat(NODES.node("a").run("qemu-img", "snapshot", "-l", disk(back)))
                .isEmpty();
        assertThat(snapshots.doctor(vm)).isEmpty();
    }

    /** The guest is switched off, copied as b sees both nodes' files, and handed over; its old file goes. */
    private NodeTicker moved(VmId vm, NodeTicker here, LabNode to, String fromSeen, String toSeen) {
        Intent.Migrate there = new Intent.Migrate(to.name(), Map.of("vda", disk(here)));
        here.destroy();
        to.run("rm", "-f", disk(here));
        assertThat(snapshots.check(vm, there, ADMIN).refusals())
                .extracting(Refusal::code)
                .containsExactly(Code.COPY_INCOMPLETE);
        String name = Path.of(disk(here)).getFileName().toString();
        NODES.node("b").run("cp", "--sparse=always", fromSeen + "/" + name, toSeen + "/" + name);

        snapshots.migrate(vm, there, ADMIN).await();

        here.node().run("rm", disk(here));
        assertThat(here.node().run("virsh", "-q", "list", "--all", "--name")).doesNotContain("wanderer");
        return here.on(to);
    }

    private void goesOn(VmId vm, NodeTicker guest, Snapshot ram, long before, long after) {
        guest.console().skip();
        snapshots.restore(vm, ram.id(), ADMIN).await();
        assertThat(guest.console().awaitTick(PATIENCE)).isBetween(before, after);
    }

    private static String disk(NodeTicker guest) {
        return guest.guest().disks().get(0).file().toString();
    }
}
