package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.PowerState;
import dev.vmsnap.cli.CommandBench.Result;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Taking a VM whose disks are files to another node, where the host has copied them. */
final class MoveTest {
    private static final String HERE = "/images/web-1-vda.qcow2";
    private static final String THERE = "/images/elsewhere.qcow2";

    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @BeforeEach
    void theVmIsOffAndHasASnapshot() {
        bench.web.detach("vdb").power(PowerState.OFF);
        bench.create("first");
    }

    @Test
    void aFileThatWasCopiedAsItIsGoesElsewhere() {
        bench.datacenter.copyDisk(HERE, THERE, true);

        Result plan = bench.vmsnap("migrate", "web-1", "--to", "node-2", "--disk", "vda=" + THERE, "--dry-run");
        JsonObject moved = bench.done("migrate", "web-1", "--to", "node-2", "--disk", "vda=" + THERE);

        assertThat(plan.code()).isZero();
        assertThat(plan.out()).contains("disk:   vda is " + THERE + " there");
        assertThat(moved.get("done").getAsString()).isEqualTo("migrated");
        assertThat(bench.vmsnap("show", "web-1", "first").out()).contains("vda: " + THERE);
        assertThat(bench.vmsnap("status", "web-1").out()).contains("off on node node-2, 1 snapshot");
        assertThat(bench.vmsnap("restore", "web-1", "first").code()).isZero();
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void aCopyWithoutTheSnapshotsIsRefused() {
        bench.datacenter.copyDisk(HERE, THERE, false);

        Result refused = bench.vmsnap("migrate", "web-1", "--to", "node-2", "--disk", "vda=" + THERE);

        assertThat(refused.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(refused.err()).contains("COPY_INCOMPLETE", THERE, "rsync");
        assertThat(bench.vmsnap("check", "web-1", "migrate", "--to-node", "node-2", "--disk", "vda=" + THERE)
                        .out())
                .contains("COPY_INCOMPLETE");
        assertThat(bench.vmsnap("status", "web-1").out()).contains("on node node-1");
    }

    @Test
    void aDiskThatTheVmDoesNotHaveIsRefusedAndAPlaceMustBeNamed() {
        assertThat(bench.vmsnap("migrate", "web-1", "--to", "node-2", "--disk", "vdz=" + THERE)
                        .err())
                .contains("DISK_UNKNOWN");
        for (String wrong : new String[] {"vda", "vda=", "=/x"}) {
            assertThat(bench.vmsnap("migrate", "web-1", "--to", "node-2", "--disk", wrong)
                            .code())
                    .as(wrong)
                    .isEqualTo(ExitCode.USAGE);
        }
    }

    @Test
    void helpDoesNotSpeakOfVolumeGroups() {
        assertThat(bench.vmsnap("migrate", "--help").out())
                .contains("--disk", "copied as they are")
                .doesNotContain("volume group");
    }
}
