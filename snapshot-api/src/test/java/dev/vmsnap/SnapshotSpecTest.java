package dev.vmsnap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.SnapshotSpec.Quiesce;
import org.junit.jupiter.api.Test;

final class SnapshotSpecTest {

    @Test
    void aSpecReadsAsASentence() {
        assertThat(SnapshotSpec.named("before upgrade").comment("kernel 6.12").withRam())
                .isEqualTo(new SnapshotSpec("before upgrade", "kernel 6.12", true, Quiesce.NEVER));
        assertThat(SnapshotSpec.unnamed().quiesce(Quiesce.REQUIRE))
                .isEqualTo(new SnapshotSpec("", "", false, Quiesce.REQUIRE));
    }

    @Test
    void nothingSaidBeforeIsLost() {
        SnapshotSpec all =
                SnapshotSpec.named("n").withRam().quiesce(Quiesce.PREFER).comment("c");

        assertThat(all).isEqualTo(new SnapshotSpec("n", "c", true, Quiesce.PREFER));
        assertThat(all.withRam()).isEqualTo(all);
    }

    @Test
    void anyTextIsAcceptedHereSinceTheRulesRefuseItWithAReason() {
        assertThat(SnapshotSpec.named("\0").comment("x".repeat(9999)).name()).isEqualTo("\0");
    }
}
