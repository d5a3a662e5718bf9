package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.spi.VmDescription;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Two VMs that have one image are named before a snapshot is taken. */
final class SharedImageTest {
    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.OFF);

    @Test
    void checkOfACreateNamesTheOtherVmThatHasTheImage() {
        scenario.datacenter
                .node("node-1")
                .withVm("web-2")
                .with(new VmDescription.Disk(
                        "vdb",
                        VmDescription.Device.DISK,
                        VmDescription.SourceType.FILE,
                        Optional.of("/images/web-1-vda.qcow2"),
                        Optional.of("qcow2")));

        assertThat(check().allowed()).isTrue();
        assertThat(check().notices())
                .filteredOn(notice -> notice.code() == Notice.Code.IMAGE_SHARED)
                .singleElement()
                .satisfies(notice -> assertThat(notice.message()).contains("/images/web-1-vda.qcow2", "VM \"web-2\""));
    }

    @Test
    void checkOfACreateNoticesNothingIfEachVmHasItsOwnImage() {
        scenario.datacenter.node("node-1").withVm("web-2");

        assertThat(check().notices()).extracting(Notice::code).doesNotContain(Notice.Code.IMAGE_SHARED);
    }

    private Verdict check() {
        return scenario.snapshots.check(scenario.vm, new Intent.Create(SnapshotSpec.named("first")), ADMIN);
    }
}
