package dev.vmsnap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.vmsnap.Snapshot.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SnapshotTest {
    private static final Snapshot PLAIN = Trees.snapshot("a", null, 1);

    @ParameterizedTest
    @EnumSource(Snapshot.Status.class)
    void exactlyAnUnavailableSnapshotHasAReason(Snapshot.Status status) {
        boolean unavailable = status == Snapshot.Status.UNAVAILABLE;

        assertThatIllegalArgumentException()
                .isThrownBy(() -> with(status, unavailable ? Optional.empty() : Optional.of(Snapshot.Reason.NO_SPACE)));
        assertThat(with(status, unavailable ? Optional.of(Snapshot.Reason.NO_SPACE) : Optional.empty())
                        .status())
                .isEqualTo(status);
    }

    @Test
    void comingToAnEndTakesTheReasonAway() {
        Snapshot broken = PLAIN.unavailable(Snapshot.Reason.HALF_DELETED);

        assertThat(broken.reason()).contains(Snapshot.Reason.HALF_DELETED);
        assertThat(broken.withStatus(Snapshot.Status.DELETING).reason()).isEmpty();
        assertThat(broken.withLabels(Labels.named("new")).reason()).contains(Snapshot.Reason.HALF_DELETED);
    }

    @Test
    void aSnapshotHasAName() {
        assertThatIllegalArgumentException().isThrownBy(() -> PLAIN.withLabels(Labels.named(" ")));
        assertThat(PLAIN.withLabels(Labels.named("n").comment("c")).comment()).isEqualTo("c");
    }

    @Test
    void aReceiptHasNoNegativeFigures() {
        Duration less = Duration.ofNanos(-1);
        assertThatIllegalArgumentException().isThrownBy(() -> receipt(less, Duration.ZERO, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> receipt(Duration.ZERO, less, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> receipt(Duration.ZERO, Duration.ZERO, -1));
    }

    private static Snapshot.Receipt receipt(Duration pause, Duration freeze, long ram) {
        return new Snapshot.Receipt(Snapshot.Consistency.CRASH, pause, freeze, ram, "", List.of());
    }

    private static Snapshot with(Snapshot.Status status, Optional<Snapshot.Reason> reason) {
        return new Snapshot(
                PLAIN.id(),
                PLAIN.vm(),
                Optional.empty(),
                Snapshot.Labels.named("n"),
                Instant.EPOCH,
                PLAIN.createdBy(),
                status,
                reason,
                false,
                PowerState.OFF,
                "node-1",
                List.of(),
                Set.of(),
                Optional.empty());
    }
}
