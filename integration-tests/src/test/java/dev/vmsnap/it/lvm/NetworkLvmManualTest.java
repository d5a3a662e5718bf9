package dev.vmsnap.it.lvm;

import dev.vmsnap.StorageKind;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.it.manual.Manual;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.storage.lvm.LvmStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The manual on volumes of a group that two nodes share. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
final class NetworkLvmManualTest {
    private static final String DISK = "it_manual";

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "a");

    @TestFactory
    Stream<DynamicTest> theManualOnNetworkLvm() {
        LabNode node = lab.node();
        String group = node.sharedGroup();
        node.run("lvcreate", "-q", "-y", "-aey", "-L", LvmStage.DISK_MIB + "m", "-n", DISK, group);
        NodeTicker ticker = NodeTicker.of(node, LvmHost.guest(lab.newName(), "/dev/" + group + "/" + DISK))
                .createDisks()
                .define();
        LvmHost host = LvmHost.of(
                lab,
                ticker,
                events -> lab.closed(SnapshotEngine.builder()
                        .node("a", KvmHypervisor.connect(node.uri()))
                        .storage(LvmStorage.inSharedVolumeGroup(group).snapshotSize(LvmStage.ROOM_PERCENT))
                        .store(JdbcStore.sqlite(lab.store()))
                        .events(events)
                        .build()));
        return Manual.walk(new LvmStage(host, StorageKind.NETWORK_LVM, group, DISK));
    }

    @AfterEach
    void removeTheDisk() {
        LabNode node = lab.node();
        node.attempt("sh", "-c", "virsh -q list --name | xargs -r -n 1 virsh -q destroy");
        String ours = "lv_name=~\"^vmsnap\" || lv_name=" + DISK + " || lv_name=" + LvmStage.COPY;
        node.attempt("lvremove", "-q", "-y", "-S", ours, node.sharedGroup());
    }
}
