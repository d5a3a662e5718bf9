package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.cli.CommandBench.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Restoring a VM that is no longer what the snapshot has of it. */
final class DriftTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void driftIsRefusedUntilItIsAcceptedAndSaidBeforeItIsTakenBack() {
        bench.create("old");
        bench.web.configure("cpus=8");

        Result refused = bench.vmsnap("restore", "web-1", "old");
        Result accepted = bench.vmsnap("restore", "web-1", "old", "--accept-drift");

        assertThat(refused.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err()).contains("CONFIGURATION_DRIFTED", "--accept-drift", "--keep-configuration");
        assertThat(accepted.code()).isZero();
        assertThat(accepted.out()).startsWith("  note: ").contains("cpus=8", "\nrestored \"old\"");
    }

    @Test
    void theConfigurationIsKeptWhenThatIsWanted() {
        bench.web.write("vda", "then");
        bench.create("old");
        bench.web.configure("cpus=8");
        bench.web.write("vda", "now");

        assertThat(bench.vmsnap("check", "web-1", "restore", "old", "--keep-configuration")
                        .out())
                .contains("allowed for web-1", "note:", "will stay");
        Result kept = bench.vmsnap("restore", "web-1", "old", "--keep-configuration");

        assertThat(kept.code()).isZero();
        assertThat(kept.out()).startsWith("  note: ").contains("will stay");
        assertThat(bench.web.read("vda")).isEqualTo("then");
        assertThat(bench.vmsnap("restore", "web-1", "old").err()).contains("CONFIGURATION_DRIFTED");
    }

    @Test
    void aDiskThatWasLeftOutStaysAsItIsWhenThatIsWanted() {
        bench.done("create", "web-1", "--name", "part", "--exclude", "vdb");
        bench.web.write("vdb", "now");

        assertThat(bench.vmsnap("restore", "web-1", "part").err())
                .contains("DISK_NOT_COVERED", "Say --keep-configuration");
        assertThat(bench.vmsnap("restore", "web-1", "part", "--keep-configuration", "--dry-run")
                        .out())
                .contains("note:", "vdb");
        assertThat(bench.vmsnap("restore", "web-1", "part", "--keep-configuration", "--json")
                        .json()
                        .getAsJsonArray("notices")
                        .toString())
                .contains("DISKS_NOT_COVERED");
        assertThat(bench.web.read("vdb")).isEqualTo("now");
    }

    @Test
    void disksThatWereAddedOrResizedAreNamedAndWantAChoice() {
        bench.create("old");
        bench.web.withFile("vdc").disk("vda").resize(3L << 30);

        Result refused = bench.vmsnap("restore", "web-1", "old");
        Result kept = bench.vmsnap("check", "web-1", "restore", "old", "--keep-configuration");
        Result accepted = bench.vmsnap("check", "web-1", "restore", "old", "--accept-drift");

        assertThat(refused.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(refused.err()).contains("vdc", "disk vda had 1.0 GiB and has 3.0 GiB", "--keep-configuration");
        assertThat(kept.code()).isZero();
        assertThat(kept.out()).contains("vdc", "The disks get back the sizes that they had: disk vda");
        assertThat(accepted.code()).isZero();
        assertThat(accepted.out()).contains("vdc", "will be taken back");
    }

    @Test
    void aDiskThatWasRemovedIsNamedAndHasToComeBackFirstUnlessTheConfigurationIsKept() {
        bench.create("old");
        bench.web.detach("vdb");

        Result refused = bench.vmsnap("restore", "web-1", "old", "--accept-drift");

        assertThat(refused.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(refused.err())
                .contains("CONFIGURATION_DRIFTED: Disk vdb ", "is no longer a disk of the VM")
                .contains("to fix: Attach that disk again; or keep the present configuration")
                .doesNotContain("See --accept-drift");
        assertThat(bench.vmsnap("restore", "web-1", "old", "--keep-configuration")
                        .code())
                .isZero();
    }

    @Test
    void bothAtOnceIsAUsageError() {
        bench.create("old");

        for (String[] both : new String[][] {
            {"restore", "web-1", "old", "--accept-drift", "--keep-configuration"},
            {"check", "web-1", "restore", "old", "--accept-drift", "--keep-configuration"}
        }) {
            assertThat(bench.vmsnap(both).code()).isEqualTo(ExitCode.USAGE);
        }
    }

    @Test
    void whetherAnotherNodeCouldBringItBackIsAsked() {
        bench.web.configure("needs=nested paging");
        bench.create("old");

        assertThat(bench.vmsnap("check", "web-1", "restore", "old", "--on", "node-2")
                        .code())
                .isZero();
        bench.datacenter.node("node-2").without("nested paging");
        Result unsuitable = bench.vmsnap("check", "web-1", "restore", "old", "--on", "node-2");
        assertThat(unsuitable.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(unsuitable.out()).contains("refused for web-1", "NODE_UNSUITABLE", "nested paging");
        Result unknown = bench.vmsnap("check", "web-1", "restore", "old", "--on", "nowhere", "--json");
        assertThat(unknown.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(unknown.json().getAsJsonArray("refusals").toString()).contains("NODE_UNKNOWN");
        for (String[] wrong : new String[][] {
            {"check", "web-1", "create", "--on", "node-2"},
            {"check", "web-1", "restore", "old", "--on", "node-2", "--accept-drift"},
            {"check", "web-1", "restore", "--on", "node-2"},
            {"check", "web-1", "restore", "old", "old"}
        }) {
            assertThat(bench.vmsnap(wrong).code()).as(String.join(" ", wrong)).isEqualTo(ExitCode.USAGE);
        }
    }
}
