package dev.vmsnap.lab.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ExecutionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void bothStreamsAndTheExitCodeAreKeptApart() {
        Execution execution = shell("cat; echo no >&2; exit 3", "in\0put\n");

        assertThat(execution.exitCode()).isEqualTo(3);
        assertThat(execution.bytes()).isEqualTo(bytes("in\0put\n"));
        assertThat(execution.errors()).isEqualTo("no");
    }

    @Test
    void muchOnBothStreamsBlocksNothing() {
        Execution execution = shell("cat | tee /dev/stderr", "x".repeat(1_000_000));

        assertThat(execution.bytes()).hasSize(1_000_000);
        assertThat(execution.errors()).hasSize(1_000_000);
    }

    @Test
    void inputThatNobodyReadsIsNoFailure() {
        assertThat(shell("exec true", "x".repeat(1_000_000)).exitCode()).isZero();
    }

    @Test
    void aFailureNamesTheCommandAndWhatItComplainedOf() {
        Execution execution = Execution.of(
                List.of("sh", "-c", "echo broken >&2; exit 1"), List.of("lvs", "vg"), new byte[0], PATIENCE);

        assertThatThrownBy(execution::succeeded)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("lvs vg: exit 1: broken");
    }

    @Test
    void aFailureWithoutComplaintShowsWhatWasPrinted() {
        assertThatThrownBy(shell("echo halfway; exit 1", "")::succeeded).hasMessageEndingWith("exit 1: halfway");
    }

    @Test
    void whatDoesNotEndIsKilled() {
        List<String> command = List.of("sh", "-c", "echo waiting >&2; echo $$; exec sleep 600");

        assertThatThrownBy(() -> Execution.of(command, command, new byte[0], Duration.ofMillis(300)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has not ended within PT0.3S");
    }

    private static Execution shell(String line, String input) {
        List<String> command = List.of("sh", "-c", line);
        return Execution.of(command, command, bytes(input), PATIENCE);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
