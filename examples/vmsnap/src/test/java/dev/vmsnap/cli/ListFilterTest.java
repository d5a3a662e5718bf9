package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.testkit.Faults.Point;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class ListFilterTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void onlyWhatEverythingHoldsForIsListed() {
        bench.done("create", "web-1", "--name", "old", "--tag", "by=cron", "--tag", "keep=");
        bench.datacenter.advance(Duration.ofDays(8));
        bench.done("create", "web-1", "--name", "new", "--tag", "by=cron");
        bench.done("create", "web-1", "--name", "bare");

        assertThat(names()).containsExactly("old", "new", "bare");
        assertThat(names("--tag", "by=cron")).containsExactly("old", "new");
        assertThat(names("--tag", "by", "--tag", "keep")).containsExactly("old");
        assertThat(names("--tag", "by=hand")).isEmpty();
        assertThat(names("--older", "7d")).containsExactly("old");
        assertThat(names("--older", "99999w")).isEmpty();
        assertThat(names("--status", "available", "--tag", "keep=")).containsExactly("old");
        assertThat(names("--status", "unavailable")).isEmpty();
        assertThat(bench.vmsnap("list", "--tag", "by=hand").out()).contains("No snapshots.");
        assertThat(bench.vmsnap("list", "--older", "7d").out()).contains("old").doesNotContain("bare");
        assertThat(bench.vmsnap("list", "--status", "gone").code()).isEqualTo(ExitCode.USAGE);
        assertThat(bench.vmsnap("list", "--older", "soon").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aSpreadsheetGetsPlainValuesAndNoFormulas() {
        bench.done("create", "web-1", "--name", "=SUM(A1)", "--comment", "two\nlines, \"quoted\"", "--tag", "a=b");
        bench.datacenter.faults().failOn(Point.IMAGES_CUT).with(Reason.NO_SPACE);
        bench.vmsnap("create", "web-1", "--name", "full");
        bench.datacenter.faults().clear();

        List<String> lines =
                List.of(bench.vmsnap("list", "--format", "csv").out().split("\r\n"));

        assertThat(lines.get(0)).startsWith("vm,vm_id,id,name,status");
        assertThat(lines.get(1))
                .startsWith("web-1,web-1,s")
                .contains(",'=SUM(A1),AVAILABLE,,", ",a=b,\"two\\nlines, \"\"quoted\"\"\"");
        assertThat(lines.get(2)).contains(",full,UNAVAILABLE,NO_SPACE,");
        assertThat(bench.vmsnap("list", "--format", "csv", "--json").code()).isEqualTo(ExitCode.USAGE);
    }

    private List<String> names(String... filter) {
        String[] all = new String[filter.length + 1];
        all[0] = "list";
        System.arraycopy(filter, 0, all, 1, filter.length);
        return bench.done(all).getAsJsonArray("snapshots").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .map(snapshot -> snapshot.get("name").getAsString())
                .toList();
    }
}
