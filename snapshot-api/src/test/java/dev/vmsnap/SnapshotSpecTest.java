package dev.vmsnap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Snapshot.Labels;
import dev.vmsnap.SnapshotSpec.Quiesce;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SnapshotSpecTest {

    @Test
    void aSpecReadsAsASentence() {
        assertThat(SnapshotSpec.named("before upgrade").comment("kernel 6.12").withRam())
                .isEqualTo(new SnapshotSpec(
                        Labels.named("before upgrade").comment("kernel 6.12"), true, Quiesce.NEVER, Set.of()));
        assertThat(SnapshotSpec.unnamed().quiesce(Quiesce.REQUIRE))
                .isEqualTo(new SnapshotSpec(Labels.named(""), false, Quiesce.REQUIRE, Set.of()));
    }

    @Test
    void nothingSaidBeforeIsLost() {
        SnapshotSpec all = SnapshotSpec.named("n")
                .withRam()
                .excluding("vdb")
                .tag("k", "v")
                .expiresAt(Instant.EPOCH)
                .quiesce(Quiesce.PREFER)
                .comment("c");

        assertThat(all)
                .isEqualTo(new SnapshotSpec(
                        Labels.named("n").comment("c").tag("k", "v").expiresAt(Optional.of(Instant.EPOCH)),
                        true,
                        Quiesce.PREFER,
                        Set.of("vdb")));
        assertThat(all.withRam()).isEqualTo(all);
    }

    @Test
    void anyTextIsAcceptedHereSinceTheRulesRefuseItWithAReason() {
        assertThat(SnapshotSpec.named("\0").comment("x".repeat(9999)).labels().name())
                .isEqualTo("\0");
    }
}
