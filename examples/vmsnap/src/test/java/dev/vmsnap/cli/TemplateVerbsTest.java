package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.cli.CommandBench.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class TemplateVerbsTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void aTemplateThatIsUsedIsRemovedAfterItsVmsWereUnassigned() {
        bench.done("template", "gold", "--limit", "9");
        bench.done("assign", "web-1", "gold");

        Result used = bench.vmsnap("template", "gold", "--remove");
        JsonObject settings = bench.done("unassign", "web-1");
        JsonObject left = bench.done("template", "gold", "--remove");

        assertThat(used.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(used.err()).contains("TEMPLATE_IN_USE", "web-1", "vmsnap unassign");
        assertThat(settings.get("template").isJsonNull()).isTrue();
        assertThat(left.getAsJsonArray("templates")).isEmpty();
        assertThat(bench.vmsnap("template", "gold", "--remove").code()).isZero();
    }

    @Test
    void aRenamedTemplateKeepsItsVms() {
        bench.done("template", "gold", "--limit", "9");
        bench.done("template", "iron", "--limit", "1");
        bench.done("assign", "web-1", "gold");

        assertThat(bench.vmsnap("template", "gold", "--rename", "iron").err()).contains("TEMPLATE_EXISTS");
        bench.done("template", "gold", "--rename", "silver");

        assertThat(bench.done("settings", "web-1").get("template").getAsString())
                .isEqualTo("silver");
        assertThat(bench.vmsnap("template").out()).contains("silver").doesNotContain("gold");
    }

    @Test
    void whatMakesNoSenseIsAUsageError() {
        for (String[] wrong : new String[][] {
            {"template", "--remove"},
            {"template", "--rename", "x"},
            {"template", "gold", "--remove", "--limit", "1"},
            {"template", "gold", "--remove", "--rename", "x"},
            {"template", "gold", "--rename", " "}
        }) {
            assertThat(bench.vmsnap(wrong).code()).as(String.join(" ", wrong)).isEqualTo(ExitCode.USAGE);
        }
    }
}
