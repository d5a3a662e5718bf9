package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
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

    @Test
    void whatIsWatchedIsToldAsItComes() {
        List<String> told = new ArrayList<>();
        String script = "printf 'one \\303'; read -r go; printf '\\274 two'; echo err >&2; exit 3";

        Result result = commands.run(Command.of("sh", "-c", script).reading("go\n"), piece -> {
            told.add(piece);
            return true;
        });

        assertThat(result).isEqualTo(new Result(3, "one \u00fc two", "err"));
        assertThat(String.join("", told)).isEqualTo("one \u00fc two");
    }

    @Test
    void aPieceIsToldBeforeTheEnd(@TempDir Path directory) {
        Path seen = directory.resolve("seen");
        String script = "printf ready; while [ ! -e '" + seen + "' ]; do sleep 0.05; done; printf done";

        Result result = commands.run(Command.of("sh", "-c", script), piece -> {
            if (piece.equals("ready")) {
                touch(seen);
            }
            return true;
        });

        assertThat(result.output()).isEqualTo("readydone");
    }

    @Test
    void whatIsNoLongerWantedIsKilledWithItsChildrenThoughItPrintsNothing(@TempDir Path directory) throws IOException {
        Path pids = directory.resolve("pids");
        String script = "sleep 1000 & echo $! > '" + pids + "'; echo $$ >> '" + pids + "'; wait";

        assertThatThrownBy(() -> commands.run(Command.of("sh", "-c", script), piece -> !hasTwoLines(pids)))
                .isInstanceOf(CancelledException.class);

        assertThat(Files.readAllLines(pids)).hasSize(2).allSatisfy(LocalCommandsTest::assertGone);
    }

    @Test
    void whatIsWatchedDiesWithWhoeverWaitsForIt(@TempDir Path directory) throws Exception {
        Path pids = directory.resolve("pids");
        String script = "sleep 1000 & echo $! > '" + pids + "'; echo $$ >> '" + pids + "'; wait";
        Process waiting = new ProcessBuilder(Lifeline.of(List.of("sh", "-c", script), 0)).start();
        while (!hasTwoLines(pids)) {
            Thread.onSpinWait();
        }

        waiting.getOutputStream().close();

        assertThat(Files.readAllLines(pids)).allSatisfy(LocalCommandsTest::assertGone);
        waiting.waitFor();
    }

    @Test
    void noThreadIsLeftBehindByWhatWasWatched() {
        Set<Thread> others = busyThreads();
        assertThatThrownBy(() -> commands.run(Command.of("sleep", "1000"), piece -> false))
                .isInstanceOf(CancelledException.class);
        commands.run(Command.of("true"), piece -> true);

        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!others.containsAll(busyThreads())) {
            assertThat(System.nanoTime()).as("threads end").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static Set<Thread> busyThreads() {
        Set<String> ours = Set.of(LocalPrograms.class.getName(), Drain.class.getName());
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread ->
                        Arrays.stream(thread.getValue()).anyMatch(frame -> ours.contains(frame.getClassName())))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    @Test
    void whatIsWatchedFailsAsAnythingElse(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("text"), "text");
        Command endless = new Command(List.of("yes"), "", Duration.ofSeconds(50), 1000);

        assertFails(() -> commands.run(Command.of("no-such-program-anywhere"), piece -> true), Reason.TOOL_MISSING);
        assertFails(() -> commands.run(Command.of(file.toString()), piece -> true), Reason.DENIED);
        assertFails(() -> commands.run(endless, piece -> true), Reason.BROKEN);
        assertFails(
                () -> commands.run(Command.of("sleep", "1000").within(Duration.ofSeconds(1)), piece -> true),
                Reason.TIMEOUT);
    }

    @Test
    void argumentsOfWhatIsWatchedArriveAsTheyAre() {
        Command command = Command.of("printf", "%s\n", "$(id)", "a b", "'", "*", "--help", "-n");

        assertThat(commands.run(command, piece -> true).output()).isEqualTo("$(id)\na b\n'\n*\n--help\n-n\n");
    }

    private static boolean hasTwoLines(Path file) {
        try {
            return Files.exists(file) && Files.readAllLines(file).size() == 2;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void touch(Path file) {
        try {
            Files.createFile(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
        assertFails(() -> commands.run(Command.of("no-such-program-anywhere")), Reason.TOOL_MISSING);
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
