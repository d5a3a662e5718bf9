package dev.vmsnap.it.lvm;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.it.lvm.LvmHost.Saved;
import dev.vmsnap.it.lvm.Volumes.Space;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.spi.ImageInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A guest on an image and a logical volume: both are cut at one instant, and RAM lies beside them. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node b")
final class MixedVmTest {
    private static final String IMAGE = LvmLab.FILES + "/vda.qcow2";

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "b");

    @Test
    void imageVolumeAndRamComeFromOneInstant() {
        LvmHost host = LvmHost.of(lab, IMAGE, lab.thick("vdb", 16)).boot();
        Space before = lab.volumes().space();
        host.tickOn();
        Saved ram = host.save("with RAM", true);
        host.tickOn();
        Saved bare = host.save("disks only", false);
        host.tickOn();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);

        for (int i = 0; i < 2; i++) {
            Returns.withRam(host, ram);
            assertThat(host.power()).isEqualTo(PowerState.RUNNING);
            host.tickOn();
            Returns.withoutRam(host, bare);
            assertThat(host.power()).isEqualTo(PowerState.RUNNING);
            host.tickOn();
        }

        host.delete(ram.snapshot());
        host.powerOff();
        assertThat(inImage())
                .contains(ImageInfo.tag(bare.id()))
                .doesNotContain(ram.id().value());
        Snapshot off = host.create("off");
        host.restore(off);
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        assertThat(inImage()).doesNotContain("vmsnap");
        assertThat(lab.volumes().space().free()).isEqualTo(before.free());
        assertThat(lab.volumes().space().names()).isEqualTo(before.names());
        lab.node().run("qemu-img", "check", "-f", "qcow2", IMAGE);
    }

    private String inImage() {
        return lab.node().run("qemu-img", "snapshot", "-l", IMAGE);
    }
}
