package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.cli.CommandBench.Result;
import dev.vmsnap.testkit.Faults.Point;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class DeleteExpiredTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void onlyWhatIsOverGoes() {
        bench.datacenter.node("node-2").withVm("db-1", "vda");
        bench.done("create", "web-1", "--name", "short", "--expires", "1h");
        bench.done("create", "web-1", "--name", "long", "--expires", "2h");
        bench.done("create", "web-1", "--name", "for ever");
        bench.done("create", "db-1", "--name", "other", "--expires", "1h");

        assertThat(bench.vmsnap("delete-expired").out()).isEqualTo("No snapshot has expired.\n");
        bench.datacenter.advance(Duration.ofMinutes(61));
        Result result = bench.vmsnap("delete-expired");

        assertThat(result.code()).isZero();
        assertThat(result.out().lines())
                .hasSize(2)
                .anyMatch(line -> line.matches("deleted \"short\" \\(s\\w+\\) of web-1"))
                .anyMatch(line -> line.matches("deleted \"other\" \\(s\\w+\\) of db-1"));
        assertThat(bench.vmsnap("list").out()).contains("long", "for ever").doesNotContain("short", "other");
        assertThat(bench.done("delete-expired").getAsJsonArray("expired")).isEmpty();
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void aVmThatFailsSaysSoAndKeepsNoOtherFromIt() {
        bench.datacenter.node("node-1").withVm("db-1").withLogicalVolume("vda");
        bench.done("create", "web-1", "--name", "inside", "--expires", "1h");
        String id = bench.done("create", "db-1", "--name", "beside", "--expires", "1h")
                .getAsJsonObject("snapshot")
                .get("id")
                .getAsString();
        bench.datacenter.advance(Duration.ofHours(2));
        bench.datacenter.faults().failOn(Point.STORAGE_DELETE).with(Reason.UNREACHABLE);

        Result failed = bench.vmsnap("delete-expired");
        Result again = bench.vmsnap("delete-expired", "--json");

        assertThat(failed.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(failed.out())
                .contains("deleted \"inside\"")
                .contains("not deleted \"beside\" (" + id + ") of db-1\n  repair-needed: ")
                .contains("    to go on: Run 'vmsnap recover'");
        assertThat(again.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        JsonObject due = again.json().getAsJsonArray("expired").get(0).getAsJsonObject();
        assertThat(due.getAsJsonObject("vm").get("name").getAsString()).isEqualTo("db-1");
        assertThat(due.getAsJsonArray("deleted")).isEmpty();
        assertThat(due.getAsJsonArray("left").get(0).getAsString()).isEqualTo(id);
        assertThat(due.getAsJsonObject("error").get("kind").getAsString()).isEqualTo("repair-needed");

        bench.datacenter.faults().clear();
        JsonObject mended =
                bench.done("delete-expired").getAsJsonArray("expired").get(0).getAsJsonObject();
        assertThat(mended.getAsJsonArray("deleted").get(0).getAsString()).isEqualTo(id);
        assertThat(mended.get("error").isJsonNull()).isTrue();
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void usersDeleteWhatTheyMay() {
        bench.datacenter.node("node-1").withVm("db-1", "vda");
        bench.done("settings", "db-1", "--allow-users", "true");
        bench.done("create", "web-1", "--name", "not theirs", "--expires", "1h");
        bench.done("create", "db-1", "--name", "theirs", "--expires", "1h");
        bench.datacenter.advance(Duration.ofHours(2));

        Result result = bench.vmsnap("--as", "user:eve", "delete-expired");

        assertThat(result.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(result.out())
                .contains("deleted \"theirs\"")
                .contains("not deleted \"not theirs\"")
                .contains("  refused:\n    USERS_NOT_ALLOWED: ")
                .contains("      to fix: ");
    }
}
