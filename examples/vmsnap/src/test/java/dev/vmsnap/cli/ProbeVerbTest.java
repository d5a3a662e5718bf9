package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.cli.CommandBench.Result;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What nodes lack is said before a verb needs it. */
final class ProbeVerbTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void nothingIsLackingOnSoundNodes() {
        Result result = bench.vmsnap("probe");

        assertThat(result.code()).isZero();
        assertThat(result.out()).isEqualTo("Nothing is lacking.\n");
        assertThat(bench.done("probe").getAsJsonArray("findings")).isEmpty();
    }

    @Test
    void eachNodeIsNamedWithWhatItLacksOrThatItIsSilent() {
        bench.datacenter.node("node-1").lacks(List.of("there is no program qemu-img"));
        bench.datacenter.node("node-2").disconnect();

        Result result = bench.vmsnap("probe");

        assertThat(result.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(result.out())
                .contains("NODE_LACKS node-1: On node node-1, there is no program qemu-img.")
                .contains("NODE_AWAY node-2:");
        assertThat(bench.vmsnap("probe", "--json").json().getAsJsonArray("findings"))
                .hasSize(2);
        assertThat(bench.vmsnap("doctor").out()).contains("there is no program qemu-img");
    }
}
