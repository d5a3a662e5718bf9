package dev.vmsnap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class VerdictTest {
    private static final Refusal LIMIT = Refusal.of(Refusal.Code.LIMIT_REACHED, "Too many.", "Delete one.");
    private static final Refusal SPACE = Refusal.of(Refusal.Code.NO_SPACE, "Too full.", "Free space.");

    @Test
    void aNoticeOrFindingWithoutAKeyOfItsCodeCannotBeMade() {
        assertThatThrownBy(
                        () -> new Verdict.Notice(Verdict.Notice.Code.SNAPSHOTS_GO_TOO, "All.", Map.of("disk", "vda")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("count");
        assertThatThrownBy(() -> new Finding(
                        Finding.Kind.PART_MISSING, VmId.of("web"), "s1", "It is gone.", "Delete it.", Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("snapshot");
    }

    @Test
    void noticesAloneStandAgainstNothing() {
        Verdict verdict = new Verdict(
                List.of(),
                List.of(new Verdict.Notice(Verdict.Notice.Code.SNAPSHOTS_GO_TOO, "All.", Map.of("count", "2"))));

        assertThat(verdict.allowed()).isTrue();
        assertThatCode(verdict::orThrow).doesNotThrowAnyException();
    }

    @Test
    void everyRefusalIsInTheExceptionWithItsRemedy() {
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(new Verdict(List.of(LIMIT, SPACE), List.of())::orThrow)
                .withMessage("Too many. Too full.")
                .satisfies(refused -> {
                    assertThat(refused.refusals()).containsExactly(LIMIT, SPACE);
                    assertThat(refused.recovery()).isEqualTo("Delete one. Free space.");
                });
    }

    @Test
    void nobodyIsRefusedWithoutAReason() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RefusedException(List.of()));
    }
}
