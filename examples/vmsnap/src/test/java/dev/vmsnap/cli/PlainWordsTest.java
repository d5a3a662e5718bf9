package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Verb;
import dev.vmsnap.cli.CommandBench.Result;
import dev.vmsnap.spi.Lease;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages that name things as people do. */
final class PlainWordsTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void aVmThatIsBusyIsCalledByItsName() {
        bench.web.rename("shop");
        Lease lease = bench.datacenter
                .store()
                .acquire(bench.web.id(), "somebody", Verb.RESTORE, "o-1", Duration.ofHours(1), l -> false);

        Result busy = bench.vmsnap("create", "shop");

        assertThat(lease.operation()).isEqualTo("o-1");
        assertThat(busy.code()).isEqualTo(ExitCode.BUSY);
        assertThat(busy.err().replaceAll("\\s+", " "))
                .contains("VM \"shop\" is busy with restore (operation o-1) since ")
                .containsPattern("since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d [+-]\\d\\d:\\d\\d\\.");
    }

    @Test
    void theBeginningOfAnIdThatIsTooShortIsSaidToBe() {
        String id = bench.create("a");

        assertThat(bench.vmsnap("show", "web-1", id.substring(0, 4)).err().replaceAll("\\s+", " "))
                .contains("VM \"web-1\" has no snapshot \"" + id.substring(0, 4) + "\"", "first 8 characters");
        assertThat(bench.vmsnap("show", "web-1", "other").err()).doesNotContain("8 characters");
    }

    @Test
    void anIdThatNoSnapshotHasIsRefusedAsANameIs() {
        String id = "s" + "0".repeat(32);

        assertThat(bench.vmsnap("delete", "web-1", id).err()).contains("SNAPSHOT_NOT_FOUND", "\"" + id + "\"");
        assertThat(bench.vmsnap("delete", "web-1", "none").code()).isEqualTo(ExitCode.REFUSED);
        assertThat(bench.vmsnap("delete", "web-1", id).code()).isEqualTo(ExitCode.REFUSED);
    }

    @Test
    void aPlanNamesNoIdThatDoesNotExistYet() {
        Result plan = bench.vmsnap("clone", "web-1", "--to", "vda=/images/copy.qcow2", "--dry-run");

        assertThat(plan.code()).as(plan.err()).isZero();
        assertThat(plan.out()).contains("delete from storage").doesNotContain("to-come");
    }

    @Test
    void aDumbTerminalGetsLinesAndNoEscapes() {
        bench.typing("y\n").environment("TERM", "dumb");

        Result created = bench.vmsnap("create", "web-1", "--name", "a");

        assertThat(created.code()).isZero();
        assertThat(created.err() + created.out()).doesNotContain("\u001b", "\r");
        assertThat(created.err()).contains("100 %");
    }
}
