package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes on this machine, with a {@code virsh} that does what the test says and writes down what it was asked. */
@Timeout(120)
final class ThawGuardsTest {
    private static final VmId VM = VmId.of("4dea22b3-1d52-d8f3-2516-782e98ab3fa0");
    private static final VmId OTHER = VmId.of("4dea22b3-1d52-d8f3-2516-782e98ab3fa1");
    private static final String URI = "qemu:///system?socket=/x/$(touch owned)';touch owned;'";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration AT_ONCE = Duration.ZERO;
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration POLL = Duration.ofMillis(20);

    @TempDir
    Path directory;

    private Path bin;
    private ThawGuards guards;

    @BeforeEach
    void begin() throws IOException {
        bin = Files.createDirectory(directory.resolve("bin"));
        Files.writeString(directory.resolve("active"), VM.value());
        program("virsh", """
                #!/bin/sh
                printf '%%s\\n' "$*" >>'%1$s/asked'
                case "$*" in
                    *domid*)
                        while [ -e '%1$s/silent' ]; do sleep 0.1; done
                        [ ! -e '%1$s/unreachable' ] || { echo "no daemon" >&2; exit 1; }
                        ;;
                    *list*) cat '%1$s/active' ;;
                    *guest-fsfreeze-thaw*)
                        while [ -e '%1$s/slow' ]; do sleep 0.1; done
                        [ ! -e '%1$s/deaf' ] || exit 1
                        echo >>'%1$s/thawed'
                        ;;
                esac
                """.formatted(directory));
        guards = guards(System.getenv("PATH"));
    }

    @AfterEach
    void end() {
        processes().forEach(ProcessHandle::destroyForcibly);
        await(() -> processes().isEmpty());
    }

    private ThawGuards guards(String path) {
        LocalCommands local = new LocalCommands();
        Commands commands = command -> {
            List<String> arguments = new ArrayList<>(List.of("env", "PATH=" + bin + ":" + path));
            arguments.addAll(command.arguments());
            return local.run(
                    Commands.Command.of(arguments.toArray(String[]::new)).within(command.timeout()));
        };
        return new ThawGuards(commands, URI, place());
    }

    private String place() {
        return directory.resolve("it's a $(place)").toString();
    }

    private void program(String name, String text) throws IOException {
        Path file = Files.writeString(bin.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Guards that live, by what only they have on their command line. */
    private List<ProcessHandle> processes() {
        return ProcessHandle.allProcesses()
                .filter(process -> Optional.ofNullable(
                                process.info().arguments().orElse(null))
                        .stream()
                        .flatMap(Stream::of)
                        .anyMatch(argument -> argument.startsWith(place())))
                .toList();
    }

    private List<String> files() {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(Path::toString)
                    .filter(file -> file.startsWith(place()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long thaws() {
        return lines("thawed");
    }

    private long lines(String file) {
        try {
            Path path = directory.resolve(file);
            return Files.exists(path) ? Files.readAllLines(path).size() : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void set(String flag) {
        try {
            Files.createFile(directory.resolve(flag));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void clear(String flag) {
        try {
            Files.delete(directory.resolve(flag));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitNothingLeft() {
        await(() -> processes().isEmpty() && files().isEmpty());
        assertThat(guards.any(VM)).isFalse();
        assertThat(directory.resolve("owned")).doesNotExist();
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(end);
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private static void failsFor(Reason reason, String words, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(words);
    }

    @Test
    void thawsWhenItsTimeHasComeAndIsGone() throws IOException {
        guards.arm(VM, Duration.ofSeconds(1), PATIENCE);
        assertThat(guards.any(VM)).isTrue();
        assertThat(guards.any(OTHER)).isFalse();

        await(() -> thaws() == 1);

        awaitNothingLeft();
        assertThat(Files.readAllLines(directory.resolve("asked")))
                .allSatisfy(line -> assertThat(line).startsWith("-q -c " + URI + " "))
                .last()
                .asString()
                .endsWith(" qemu-agent-command " + VM + " {\"execute\": \"guest-fsfreeze-thaw\"} --timeout 5");
    }

    @Test
    void thawsNothingOnceItIsToldThatTheGuestIsThawed() {
        guards.arm(VM, NEVER, PATIENCE);
        guards.arm(OTHER, NEVER, PATIENCE);
        guards.disarm(VM);

        await(() -> processes().size() == 1);
        assertThat(guards.any(OTHER)).isTrue();
        guards.disarm(OTHER);
        awaitNothingLeft();
        assertThat(thaws()).isZero();
    }

    @Test
    void thawsSoonerWhenItIsTold() {
        guards.arm(VM, NEVER, PATIENCE);
        guards.hasten(VM);

        await(() -> thaws() == 1);
        awaitNothingLeft();
    }

    @Test
    void triesAgainUntilTheAgentAnswersEvenIfNobodyIsThereAnyMore() {
        set("deaf");
        guards.arm(VM, AT_ONCE, PATIENCE);
        await(() -> lines("asked") > 4);
        // What is thawed by others meanwhile is thawed once more, and known to be.
        guards.disarm(VM);
        assertThat(guards.any(VM)).isTrue();

        clear("deaf");

        await(() -> thaws() == 1);
        awaitNothingLeft();
    }

    @Test
    void givesUpWhenTheVmIsOff() throws IOException {
        set("deaf");
        Files.writeString(directory.resolve("active"), OTHER.value());
        guards.arm(VM, AT_ONCE, PATIENCE);

        awaitNothingLeft();
        assertThat(thaws()).isZero();
    }

    @Test
    void aLaterFreezeIsNotThawedByTheGuardOfAnEarlierOne() {
        guards.arm(VM, Duration.ofSeconds(2), PATIENCE);
        guards.arm(VM, NEVER, PATIENCE);

        await(() -> processes().size() == 1);
        assertThat(files()).hasSize(1);
        assertThat(thaws()).isZero();
        guards.disarm(VM);
        awaitNothingLeft();
    }

    @Test
    void aLaterFreezeWaitsForAGuardThatIsThawing() {
        set("slow");
        guards.arm(VM, AT_ONCE, PATIENCE);
        await(() -> lines("asked") == 2);

        failsFor(Reason.TIMEOUT, "still being thawed", () -> guards.arm(VM, NEVER, Duration.ofSeconds(5)));
        clear("slow");
        guards.arm(VM, NEVER, PATIENCE);

        assertThat(thaws()).isEqualTo(1);
        assertThat(files()).hasSize(1);
        guards.disarm(VM);
        awaitNothingLeft();
    }

    @Test
    void aGuardThatWasKilledIsSeenAndClearedAwayByTheNextFreeze() {
        set("deaf");
        guards.arm(VM, AT_ONCE, PATIENCE);
        await(() -> lines("asked") > 1);
        processes().forEach(ProcessHandle::destroyForcibly);
        await(() -> processes().isEmpty());
        assertThat(guards.any(VM)).isTrue();
        clear("deaf");

        guards.arm(VM, NEVER, PATIENCE);

        assertThat(files()).hasSize(1);
        guards.disarm(VM);
        awaitNothingLeft();
    }

    @Test
    void outlivesWhatAsksItToEnd() {
        guards.arm(VM, Duration.ofSeconds(2), PATIENCE);
        assertThat(processes()).isNotEmpty();

        processes().forEach(ProcessHandle::destroy);

        await(() -> thaws() == 1);
        awaitNothingLeft();
    }

    @Test
    void withoutItsProgramsOrAWayToTheVmThereIsNoGuard() throws IOException {
        set("unreachable");
        failsFor(Reason.BROKEN, "no daemon", () -> guards.arm(VM, AT_ONCE, PATIENCE));
        set("silent");
        failsFor(Reason.TIMEOUT, "no answer", () -> guards.arm(VM, AT_ONCE, Duration.ofSeconds(5)));

        for (String needed : List.of("sh", "id", "timeout", "setsid", "mv", "rm", "sleep", "env")) {
            program(needed, "#!/bin/sh\nexec '" + found(needed) + "' \"$@\"\n");
        }
        failsFor(Reason.TOOL_MISSING, "no program flock", () -> guards("").arm(VM, AT_ONCE, PATIENCE));
        awaitNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "web", "4DEA22B3-1D52-D8F3-2516-782E98AB3FA0", "4dea22b31d52d8f32516782e98ab3fa0"})
    void whatVirshCouldTakeForAnotherVmIsRefused(String id) {
        VmId vm = VmId.of(id);
        failsFor(Reason.MISSING, "no VM " + id, () -> guards.arm(vm, NEVER, PATIENCE));
        failsFor(Reason.MISSING, "no VM " + id, () -> guards.disarm(vm));
        assertThat(directory.resolve("asked")).doesNotExist();
    }

    private static Path found(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(place -> Path.of(place, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }
}
