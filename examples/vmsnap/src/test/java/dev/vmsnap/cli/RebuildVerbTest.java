package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.cli.CommandBench.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What rebuild says to a person and to a program when there is nothing to do; the work is the library's. */
final class RebuildVerbTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void aStoreThatKnowsEverythingHasNothingToRebuild() {
        bench.create("web-1", "a");

        assertThat(bench.vmsnap("rebuild").out()).contains("othing to rebuild");
        assertThat(bench.vmsnap("rebuild", "web-1").out()).contains("web-1: nothing to rebuild");
        Result json = bench.vmsnap("rebuild", "web-1", "--dry-run", "--json");
        assertThat(json.code()).isZero();
        assertThat(json.json().getAsJsonArray("rebuilt")).hasSize(1);
    }
}
