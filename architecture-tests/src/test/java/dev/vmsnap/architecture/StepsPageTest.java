package dev.vmsnap.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.core.internal.plan.StepKind;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds docs/steps.md complete: hosts translate by these codes. */
final class StepsPageTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Z_]+)` \\| ([^|]+) \\|$");

    @Test
    void everyStepHasARowWithItsLabel() {
        List<String> rows = ROW.matcher(Product.text("docs/steps.md"))
                .results()
                .map(row -> row.group(1) + " " + row.group(2))
                .toList();

        assertThat(rows)
                .containsExactlyElementsOf(Stream.of(StepKind.values())
                        .map(kind -> kind.name() + " " + kind.label())
                        .toList());
    }
}
