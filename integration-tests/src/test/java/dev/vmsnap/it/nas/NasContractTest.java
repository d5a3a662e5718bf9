package dev.vmsnap.it.nas;

import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NfsServer;
import dev.vmsnap.tck.StorageDriverContract;
import dev.vmsnap.tck.StorageLab;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The published contract on an NFS export on which the node's root is nobody. */
@Tag("nightly")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@ResourceLock("node b")
final class NasContractTest extends StorageDriverContract {
    private static final String EXPORT = "/srv/contract";
    private static final String MOUNT = "/mnt/contract";

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    private static KvmHypervisor machine;

    @BeforeAll
    static void mount() {
        LabNode a = NODES.node("a");
        LabNode b = NODES.node("b");
        String source = NfsServer.on(a).export(EXPORT, "rw", "root_squash");
        SquashedLab.furnish(a, EXPORT + "/vm");
        b.run("mkdir", "-p", MOUNT);
        b.run("mount", "-t", "nfs4", source, MOUNT);
        machine = KvmHypervisor.connect(b.uri());
    }

    @AfterAll
    static void unmount() {
        NODES.node("b").attempt("umount", "-l", MOUNT);
        NfsServer.on(NODES.node("a")).unexport(EXPORT);
        NODES.node("a").run("rm", "-rf", EXPORT);
        machine.close();
    }

    @Override
    protected StorageLab openLab() {
        return new SquashedLab(machine, MOUNT + "/vm");
    }
}
