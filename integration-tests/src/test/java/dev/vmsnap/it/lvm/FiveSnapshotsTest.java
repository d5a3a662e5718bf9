package dev.vmsnap.it.lvm;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Snapshot;
import dev.vmsnap.it.lvm.Volumes.Space;
import dev.vmsnap.lab.node.LabNodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Five snapshots of a thick and a thin disk, restored in any order, as often as one likes. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node b")
final class FiveSnapshotsTest {
    private static final int DISK_MIB = 8;
    private static final int BLOCKS = DISK_MIB * 256;
    private static final int RESTORES = 20;

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "b");

    @Test
    void fiveSnapshotsRestoredInRandomOrderHaveTheirContentEachTime() {
        long seed = new Random().nextLong();
        System.out.println("five snapshots, seed " + seed);
        Random random = new Random(seed);
        lab.pool("pool", 64);
        Contents contents =
                new Contents(lab.node(), List.of(lab.thick("thick", DISK_MIB), lab.thin("pool", "thin", DISK_MIB)));
        LvmHost host = LvmHost.of(lab, contents.devices().toArray(String[]::new));
        Space before = lab.volumes().space();
        List<Snapshot> snapshots = new ArrayList<>();
        List<String> sums = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            sums.add(contents.change(random, BLOCKS));
            snapshots.add(host.create("number " + i));
        }

        for (int i = 0; i < RESTORES; i++) {
            int which = random.nextInt(snapshots.size());
            contents.change(random, BLOCKS);
            host.restore(snapshots.get(which));
            assertThat(contents.sums())
                    .as("restore %s of snapshot %s", i, which)
                    .isEqualTo(sums.get(which));
        }

        assertThat(host.tree().snapshots()).extracting(Snapshot::status).containsOnly(Snapshot.Status.AVAILABLE);
        assertThat(host.snapshots().doctor(host.vm())).isEmpty();
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        assertThat(lab.volumes().space().free()).isEqualTo(before.free());
        assertThat(lab.volumes().space().names()).isEqualTo(before.names());
    }
}
