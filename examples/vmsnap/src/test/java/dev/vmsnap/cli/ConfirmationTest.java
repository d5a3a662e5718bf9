package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.cli.CommandBench.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A person on a terminal is asked before something is lost, and nobody else is. */
final class ConfirmationTest {
    private static final String[][] VERBS = {
        {"restore", "web-1", "a"}, {"delete", "web-1", "a"}, {"delete-all", "web-1"}, {"vm-deleted", "web-1"}
    };

    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void whatIsNotConfirmedIsNotDone() {
        bench.create("a");
        bench.web.write("vda", "now");

        for (String answer : new String[] {"", "\n", "n\n", "no\n", "yess\n", "ja\n"}) {
            bench.typing(answer);
            for (String[] verb : VERBS) {
                Result result = bench.vmsnap(verb);
                assertThat(result.code()).as(verb[0] + answer).isEqualTo(ExitCode.UNDONE);
                assertThat(result.err()).contains("[y/N]", "cancelled:", "nothing was done");
            }
        }

        assertThat(bench.web.read("vda")).isEqualTo("now");
        assertThat(bench.done("tree", "web-1").getAsJsonArray("snapshots")).hasSize(1);
    }

    @Test
    void whatIsConfirmedIsDone() {
        bench.create("a");

        assertThat(bench.typing("y\n").vmsnap("restore", "web-1", "a").code()).isZero();
        Result deleted = bench.typing("Yes\n").vmsnap("delete", "web-1", "a");

        assertThat(deleted.code()).isZero();
        assertThat(deleted.err()).contains("Delete 1 snapshot of \"web-1\"? [y/N]");
    }

    @Test
    void aDryRunADocumentAndWhoeverSaysYesAreNotAsked() {
        bench.create("a");
        bench.typing("n\n");

        assertThat(bench.vmsnap("restore", "web-1", "a", "--dry-run").err()).doesNotContain("[y/N]");
        assertThat(bench.vmsnap("restore", "web-1", "a", "--json").code()).isZero();
        assertThat(bench.vmsnap("restore", "web-1", "a", "--yes").code()).isZero();
        assertThat(bench.vmsnap("delete-all", "web-1", "-y").code()).isZero();
    }
}
