package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class LocalCommandsTest {
    private final LocalCommands commands = new LocalCommands();

    private static void assertFails(ThrowingCallable call, Reason reason) {
        assertThatThrownBy(call).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
    }

    @Test
    void bringsBackBothOutputsAndTheExitCode() {
        Result result = commands.run(Command.of("sh", "-c", "echo out; echo err >&2; exit 3"));

        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.output()).isEqualTo("out\n");
        assertThat(result.errors()).isEqualTo("err");
        assertThat(result.succeeded()).isFalse();
    }

    @Test
    void argumentsArriveAsTheyAre() {
        assertThat(commands.run(Command.of("printf", "%s\n", "$(id)", "a b", "'", "*", "--help"))
                        .output())
                .isEqualTo("$(id)\na b\n'\n*\n--help\n");
    }

    @Test
    void feedsItsInputAndEndsIt() {
        String text = "\u4e2d\ud83d\ude00".repeat(100_000);

        assertThat(commands.run(Command.of("cat").reading(text)).output()).isEqualTo(text);
        assertThat(commands.run(Command.of("cat")).output()).isEmpty();
    }

    @Test
    void aProgramThatDoesNotReadIsNoFailure() {
        assertThat(commands.run(Command.of("true").reading("x".repeat(1 << 20))).succeeded())
                .isTrue();
    }

    @Test
    void runsInTheCLocaleWithoutLvmWarnings() {
        assertThat(commands.run(Command.of("sh", "-c", "echo $LC_ALL $LVM_SUPPRESS_FD_WARNINGS"))
                        .output())
                .isEqualTo("C 1\n");
    }

    @Test
    void bothOutputsMayBeLargeAtOnce() {
        Result result =
                commands.run(Command.of("sh", "-c", "head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero"));

        assertThat(result.output()).hasSize(3_000_000);
    }

    @Test
    void aProgramThatPrintsTooMuchIsStopped() {
        Command endless = new Command(List.of("yes"), "", Duration.ofSeconds(50), 1000);

        assertFails(() -> commands.run(endless), Reason.BROKEN);
    }

    @Test
    void aShortProgramThatPrintsTooMuchIsAFailureToo() {
        assertFails(
                () -> commands.run(new Command(List.of("printf", "0123456789"), "", Duration.ofSeconds(50), 9)),
                Reason.BROKEN);
    }

    @Test
    void aProgramThatTakesTooLongIsKilledWithItsChildren(@TempDir Path directory) throws IOException {
        Path pids = directory.resolve("pids");
        String script = "sleep 1000 & echo $! > '" + pids + "'; echo $$ >> '" + pids + "'; wait";

        assertFails(() -> commands.run(Command.of("sh", "-c", script).within(Duration.ofSeconds(1))), Reason.TIMEOUT);

        List<String> started = Files.readAllLines(pids);
        assertThat(started).hasSize(2).allSatisfy(LocalCommandsTest::assertGone);
    }

    private static void assertGone(String pid) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (ProcessHandle.of(Long.parseLong(pid))
                .filter(ProcessHandle::isAlive)
                .isPresent()) {
            assertThat(System.nanoTime()).as("process %s ends", pid).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void aChildThatKeepsTheOutputsOpenDoesNotHoldUsUp() {
        Result result = commands.run(Command.of("sh", "-c", "echo done; sleep 30 &"));

        assertThat(result.succeeded()).isTrue();
        assertThat(result.output()).isEqualTo("done\n");
    }

    @Test
    void aMissingProgramIsMissing() {
        assertFails(() -> commands.run(Command.of("no-such-program-anywhere")), Reason.MISSING);
    }

    @Test
    void aFileThatIsNoProgramIsDenied(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("text"), "text");

        assertFails(() -> commands.run(Command.of(file.toString())), Reason.DENIED);
    }

    @Test
    void anInterruptIsKeptForTheCaller() {
        Thread.currentThread().interrupt();

        assertThat(commands.run(Command.of("echo", "x")).output()).isEqualTo("x\n");

        assertThat(Thread.interrupted()).isTrue();
    }
}
