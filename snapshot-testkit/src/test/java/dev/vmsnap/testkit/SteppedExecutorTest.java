package dev.vmsnap.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SteppedExecutorTest {
    private final SteppedExecutor executor = new SteppedExecutor();
    private final List<String> ran = new ArrayList<>();

    @Test
    void nothingRunsUntilTheTestSaysSo() {
        executor.execute(() -> ran.add("one"));
        executor.execute(() -> ran.add("two"));
        assertThat(ran).isEmpty();

        executor.runNext();

        assertThat(ran).containsExactly("one");
        assertThat(executor.waiting()).isEqualTo(1);
    }

    @Test
    void runningAllRunsWhatComesMeanwhile() {
        executor.execute(() -> executor.execute(() -> ran.add("inner")));

        executor.runAll();

        assertThat(ran).containsExactly("inner");
        assertThatIllegalStateException().isThrownBy(executor::runNext);
    }

    @Test
    void aDeadProcessRunsNothingMore() {
        executor.execute(() -> ran.add("never"));

        executor.forget();
        executor.runAll();

        assertThat(ran).isEmpty();
    }
}
