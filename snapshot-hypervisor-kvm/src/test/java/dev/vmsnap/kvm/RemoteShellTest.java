package dev.vmsnap.kvm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.kvm.ByteCommands.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RemoteShellTest {
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final byte[] NOTHING = {};

    private final RemoteShell shell = new RemoteShell(new LocalPrograms().start(List.of("sh")));

    @AfterEach
    void close() {
        shell.close();
    }

    private Output run(byte[] input, String... arguments) {
        return shell.run(Arrays.asList(arguments), input, LONG, 1 << 20).orElseThrow();
    }

    @Test
    void eachCommandHasItsOwnOutputErrorsAndExitCode() {
        Output first = run(NOTHING, "sh", "-c", "printf out; printf err >&2; exit 3");
        Output second = run(NOTHING, "echo", "two");
        Output third = run(NOTHING, "true");

        assertThat(ByteCommands.text(first.output())).isEqualTo("out");
        assertThat(first.errors()).isEqualTo("err");
        assertThat(first.exitCode()).isEqualTo(3);
        assertThat(ByteCommands.text(second.output())).isEqualTo("two\n");
        assertThat(second.errors()).isEmpty();
        assertThat(third.output()).isEmpty();
        assertThat(third.exitCode()).isZero();
        assertThat(shell.isReady()).isTrue();
    }

    @Test
    void argumentsArriveUnchanged() {
        List<String> arguments = new ArrayList<>(List.of("printf", "%s\\0"));
        List<String> hostile =
                List.of("", "'", "\\", "$(id)", "`id`", "a\nb\n", "*", "\t", "; exit 9", "<<EOF", "ä🐧", "#");
        arguments.addAll(hostile);

        Output output = run(NOTHING, arguments.toArray(String[]::new));

        assertThat(ByteCommands.text(output.output())).isEqualTo(String.join("\0", hostile) + "\0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "'", "no end of line", "\\n%s'''\"$(id)\n\n", "EOF\nexit 9\n"})
    void whatACommandReadsArrivesUnchanged(String input) {
        assertThat(ByteCommands.text(run(input.getBytes(UTF_8), "cat").output()))
                .isEqualTo(input);
        assertThat(shell.isReady()).isTrue();
    }

    @Test
    void bytesArriveUnchangedBothWays() {
        byte[] bytes = new byte[100_000];
        new Random(7).nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = bytes[i] == 0 ? 1 : bytes[i];
        }

        assertThat(RemoteShell.takes(bytes)).isTrue();
        assertThat(run(bytes, "cat").output()).isEqualTo(bytes);
    }

    @Test
    void zeroBytesAndMuchAreNotTaken() {
        assertThat(RemoteShell.takes(new byte[] {1, 0})).isFalse();
        assertThat(RemoteShell.takes(new byte[(1 << 17) + 1])).isFalse();
    }

    @Test
    void whatIsNotReadDoesNotHarm() {
        byte[] much = new byte[1 << 17];
        Arrays.fill(much, (byte) 'x');

        assertThat(run(much, "true").exitCode()).isZero();
        assertThat(ByteCommands.text(run(NOTHING, "cat").output())).isEmpty();
        assertThat(ByteCommands.text(run(NOTHING, "echo", "next").output())).isEqualTo("next\n");
    }

    @Test
    void aProgramThatIsNotThereEndsTheCommandOnly() {
        assertThat(run(NOTHING, "no such program").exitCode()).isEqualTo(127);
        assertThat(run(NOTHING, "exit", "9").exitCode()).isEqualTo(127);
        assertThat(run(NOTHING, "true").exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"head -c 2000 /dev/zero", "head -c 2000 /dev/zero >&2", "yes"})
    void tooMuchOutputIsSaid(String line) {
        assertThatThrownBy(() -> shell.run(List.of("sh", "-c", line), NOTHING, LONG, 1000))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BROKEN))
                .hasMessageContaining("printed more than 1000 bytes");
    }

    @Test
    void asMuchOutputAsIsAllowedIsTaken() {
        assertThat(shell.run(List.of("head", "-c", "1000", "/dev/zero"), NOTHING, LONG, 1000)
                        .orElseThrow()
                        .output())
                .hasSize(1000);
    }

    @Test
    void aCommandThatTakesTooLongIsGivenUp() {
        assertThatThrownBy(() -> shell.run(List.of("sleep", "50"), NOTHING, Duration.ofMillis(100), 1000))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT));
    }

    @Test
    void aShellThatEndsFirstSaysSo() {
        assertThat(shell.run(List.of("sh", "-c", "echo bye >&2; kill -s KILL $PPID"), NOTHING, LONG, 1000))
                .isEmpty();

        assertThat(shell.lastWords(LONG).errors()).contains("bye");
        assertThat(shell.isReady()).isFalse();
        assertThat(shell.run(List.of("true"), NOTHING, LONG, 1000)).isEmpty();
    }

    @Test
    void whatAnEarlierCommandLeftBehindMakesItUselessOnceItTalks(@TempDir Path directory) throws IOException {
        Path go = directory.resolve("go");
        String leftBehind = "(until [ -e \"$1\" ]; do sleep 0.05; done; echo late) & exit 0";
        assertThat(run(NOTHING, "sh", "-c", leftBehind, "sh", go.toString()).exitCode())
                .isZero();
        assertThat(shell.isReady()).isTrue();

        Files.createFile(go);

        long end = System.nanoTime() + LONG.toNanos();
        while (shell.isReady()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    @Test
    void anInterruptIsKeptForTheCaller() {
        Thread.currentThread().interrupt();

        assertThat(run(NOTHING, "true").exitCode()).isZero();
        assertThat(Thread.interrupted()).isTrue();
    }
}
