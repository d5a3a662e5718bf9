package dev.vmsnap.it.lvm;

import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.tck.RamBesideContract;
import dev.vmsnap.tck.StorageLab;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The published contract for RAM, in a group that two nodes share. */
@Tag("nightly")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
final class NetworkLvmRamContractTest extends RamBesideContract {
    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    private static Bench bench;

    @BeforeAll
    static void openBench() {
        bench = Bench.shared(NODES.node("a"));
    }

    @AfterAll
    static void closeBench() {
        bench.close();
    }

    @Override
    protected StorageLab openLab() {
        return new VolumesLab(bench);
    }
}
