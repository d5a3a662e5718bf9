package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.cli.CommandBench.Result;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Names, comments, tags, and when the time of a snapshot is over. */
final class LabelsTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void aSnapshotIsMadeWithTagsAndAnEnd() {
        Result made = bench.vmsnap(
                "create", "web-1", "--name", "a", "--tag", "ticket=12=3", "--tag", "empty=", "--expires", "7d");

        assertThat(made.out()).contains("expires in 7 d: 2025-01-08 00:00:00 +00:00");
        assertThat(bench.vmsnap("show", "web-1", "a").out())
                .contains("expires:     2025-01-08 00:00:00 +00:00  (in 7 d)")
                .contains("tags:\n  empty = \n  ticket = 12=3\n");
        JsonObject snapshot = bench.done("show", "web-1", "a").getAsJsonObject("snapshot");
        assertThat(snapshot.getAsJsonObject("tags").get("ticket").getAsString()).isEqualTo("12=3");
        assertThat(snapshot.get("expiresAt").getAsString()).isEqualTo("2025-01-08T00:00:00Z");
        assertThat(bench.vmsnap("tree", "web-1").out()).contains("expires in 7 d");
        assertThat(bench.vmsnap("list").out()).contains("EXPIRES", "in 7 d");

        bench.datacenter.advance(Duration.ofDays(8));

        assertThat(bench.vmsnap("edit", "web-1", "a", "--name", "a").out())
                .contains("\n  expired: 2025-01-08 00:00:00");
        assertThat(bench.vmsnap("tree", "web-1").out()).contains("  expired\n");
        assertThat(bench.onTerminal().vmsnap("tree", "web-1").out()).contains("\u001b[33mexpired\u001b[0m");
    }

    @Test
    void editChangesOnlyTheLabelsThatAreNamed() {
        bench.done(
                "create", "web-1", "--name", "a", "--comment", "c", "--tag", "x=1", "--tag", "y=2", "--expires", "1d");

        JsonObject tagged = edited("a", "--tag", "x=3", "--tag", "z=4", "--untag", "y", "--untag", "never there");

        assertThat(tagged.get("name").getAsString()).isEqualTo("a");
        assertThat(tagged.get("comment").getAsString()).isEqualTo("c");
        assertThat(tagged.get("tags").toString()).isEqualTo("{\"x\":\"3\",\"z\":\"4\"}");
        assertThat(tagged.get("expiresAt").getAsString()).isEqualTo("2025-01-02T00:00:00Z");
        assertThat(edited("a", "--expires", "2025-06-01T00:00+02:00")
                        .get("expiresAt")
                        .getAsString())
                .isEqualTo("2025-05-31T22:00:00Z");
        JsonObject endless = edited("a", "--never-expires");
        assertThat(endless.get("expiresAt").isJsonNull()).isTrue();
        assertThat(endless.get("tags").toString()).isEqualTo("{\"x\":\"3\",\"z\":\"4\"}");
    }

    @Test
    void whatSaysTwoThingsAtOnceIsAUsageError() {
        bench.create("a");

        for (String[] wrong : new String[][] {
            {"edit", "web-1", "a", "--expires", "1d", "--never-expires"},
            {"edit", "web-1", "a", "--tag", "x=1", "--untag", "x"},
            {"edit", "web-1", "a", "--tag", "x=1", "--tag", "x=2"},
            {"edit", "web-1", "a", "--tag", "x"},
            {"edit", "web-1", "a", "--tag", "=x"},
            {"edit", "web-1", "a", "--expires", "2024-01-01T00:00Z"},
            {"edit", "web-1", "a", "--expires", "soon"},
            {"create", "web-1", "--tag", "x=1", "--tag", "x=1"},
            {"create", "web-1", "--expires", "0d"}
        }) {
            Result result = bench.vmsnap(wrong);
            assertThat(result.code()).as(String.join(" ", wrong)).isEqualTo(ExitCode.USAGE);
            assertThat(result.err()).contains("See 'vmsnap " + wrong[0] + " --help'.");
        }
        assertThat(bench.done("list").getAsJsonArray("snapshots")).hasSize(1);
    }

    @Test
    void whatTheRulesDoNotKeepIsRefused() {
        bench.create("a");

        assertThat(bench.vmsnap("edit", "web-1", "a", "--tag", "k".repeat(65) + "=v")
                        .err())
                .contains("TEXT_INVALID");
        assertThat(bench.vmsnap("check", "web-1", "edit", "a", "--tag", "k=\u0007")
                        .out())
                .contains("TEXT_INVALID");
        assertThat(bench.vmsnap("check", "web-1", "edit", "a", "--tag", "k=v").code())
                .isZero();
        assertThat(bench.vmsnap("check", "web-1", "edit", "a", "--untag", "k", "--never-expires")
                        .code())
                .isZero();
        assertThat(bench.vmsnap("check", "web-1", "create", "--tag", "k=\u0007").code())
                .isEqualTo(ExitCode.REFUSED);
    }

    @Test
    void aDiskIsLeftOutAndSaidToBe() {
        Result made = bench.vmsnap("create", "web-1", "--name", "a", "--exclude", "vdb");

        assertThat(made.out()).contains("note:", "vdb");
        assertThat(bench.vmsnap("show", "web-1", "a").out())
                .contains("left out:    vdb")
                .doesNotContain("vdb: /images");
        JsonObject snapshot = bench.done("show", "web-1", "a").getAsJsonObject("snapshot");
        assertThat(snapshot.getAsJsonArray("excluded").toString()).isEqualTo("[\"vdb\"]");
        assertThat(snapshot.getAsJsonArray("volumes")).hasSize(1);
        assertThat(bench.vmsnap("create", "web-1", "--exclude", "vdb,vdc", "--exclude", "vdb")
                        .err())
                .contains("DISK_UNKNOWN", "vdc");
        assertThat(bench.vmsnap("check", "web-1", "create", "--exclude", "vda,vdb")
                        .out())
                .contains("NO_DISKS");
        bench.done("settings", "web-1", "--allow-ram", "true");
        assertThat(bench.vmsnap("create", "web-1", "--exclude", "vdb", "--ram").err())
                .contains("DISK_NEEDED");
    }

    private JsonObject edited(String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "edit";
        all[1] = "web-1";
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return bench.done(all).getAsJsonObject("snapshot");
    }
}
