package dev.vmsnap.it.lvm;

import dev.vmsnap.StorageKind;
import dev.vmsnap.it.manual.Manual;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.storage.lvm.LvmStorage;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The manual on volumes of a node's own group. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node b")
final class LocalLvmManualTest {
    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "b");

    @TestFactory
    Stream<DynamicTest> theManualOnLocalLvm() {
        LvmHost host = LvmHost.of(
                lab,
                LvmStorage.inVolumeGroup(LvmLab.GROUP).snapshotSize(LvmStage.ROOM_PERCENT),
                builder -> builder,
                lab.thick("vda", LvmStage.DISK_MIB));
        return Manual.walk(new LvmStage(host, StorageKind.LOCAL_LVM, LvmLab.GROUP, "vda"));
    }
}
