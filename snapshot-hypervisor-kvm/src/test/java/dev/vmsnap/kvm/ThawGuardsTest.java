package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.GuardedNode.PATIENCE;
import static dev.vmsnap.kvm.GuardedNode.await;
import static dev.vmsnap.kvm.GuardedNode.failsFor;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
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
    private static final Duration AT_ONCE = Duration.ZERO;
    private static final Duration NEVER = Duration.ofHours(1);

    @TempDir
    Path directory;

    private GuardedNode node;
    private NodeGuards guards;

    @BeforeEach
    void begin() throws IOException {
        node = new GuardedNode(directory);
        Files.writeString(directory.resolve("active"), VM.value());
        node.program("virsh", """
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
        node.end();
    }

    private NodeGuards guards(String path) {
        return NodeGuards.thawing(node.commands(path), URI, node.place());
    }

    private List<ProcessHandle> processes() {
        return node.processes();
    }

    private List<String> files() {
        return node.files();
    }

    private long thaws() {
        return lines("thawed");
    }

    private long lines(String file) {
        return node.lines(file);
    }

    private void set(String flag) {
        node.set(flag, "");
    }

    private void clear(String flag) {
        node.clear(flag);
    }

    private void awaitNothingLeft() {
        await(() -> processes().isEmpty() && files().isEmpty());
        assertThat(guards.any(VM)).isFalse();
        assertThat(directory.resolve("owned")).doesNotExist();
    }

    @Test
    void thawsWhenItsTimeHasComeAndIsGone() throws IOException {
        guards.arm(VM, Duration.ofSeconds(1), PATIENCE, List.of());
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
        guards.arm(VM, NEVER, PATIENCE, List.of());
        guards.arm(OTHER, NEVER, PATIENCE, List.of());
        guards.disarm(VM);

        await(() -> processes().size() == 1);
        assertThat(guards.any(OTHER)).isTrue();
        guards.disarm(OTHER);
        awaitNothingLeft();
        assertThat(thaws()).isZero();
    }

    @Test
    void thawsSoonerWhenItIsTold() {
        guards.arm(VM, NEVER, PATIENCE, List.of());
        guards.hasten(VM);

        await(() -> thaws() == 1);
        awaitNothingLeft();
    }

    @Test
    void triesAgainUntilTheAgentAnswersEvenIfNobodyIsThereAnyMore() {
        set("deaf");
        guards.arm(VM, AT_ONCE, PATIENCE, List.of());
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
        guards.arm(VM, AT_ONCE, PATIENCE, List.of());

        awaitNothingLeft();
        assertThat(thaws()).isZero();
    }

    @Test
    void aLaterFreezeIsNotThawedByTheGuardOfAnEarlierOne() {
        guards.arm(VM, Duration.ofSeconds(2), PATIENCE, List.of());
        guards.arm(VM, NEVER, PATIENCE, List.of());

        await(() -> processes().size() == 1);
        assertThat(files()).hasSize(1);
        assertThat(thaws()).isZero();
        guards.disarm(VM);
        awaitNothingLeft();
    }

    @Test
    void aLaterFreezeWaitsForAGuardThatIsThawing() {
        set("slow");
        guards.arm(VM, AT_ONCE, PATIENCE, List.of());
        await(() -> lines("asked") == 2);

        failsFor(Reason.TIMEOUT, "still at work", () -> guards.arm(VM, NEVER, Duration.ofSeconds(5), List.of()));
        clear("slow");
        guards.arm(VM, NEVER, PATIENCE, List.of());

        assertThat(thaws()).isEqualTo(1);
        assertThat(files()).hasSize(1);
        guards.disarm(VM);
        awaitNothingLeft();
    }

    @Test
    void aGuardThatWasKilledIsSeenAndClearedAwayByTheNextFreeze() {
        set("deaf");
        guards.arm(VM, AT_ONCE, PATIENCE, List.of());
        await(() -> lines("asked") > 1);
        processes().forEach(ProcessHandle::destroyForcibly);
        await(() -> processes().isEmpty());
        assertThat(guards.any(VM)).isTrue();
        clear("deaf");

        guards.arm(VM, NEVER, PATIENCE, List.of());

        assertThat(files()).hasSize(1);
        guards.disarm(VM);
        awaitNothingLeft();
    }

    @Test
    void outlivesWhatAsksItToEnd() {
        guards.arm(VM, Duration.ofSeconds(2), PATIENCE, List.of());
        assertThat(processes()).isNotEmpty();

        processes().forEach(ProcessHandle::destroy);

        await(() -> thaws() == 1);
        awaitNothingLeft();
    }

    @Test
    void withoutItsProgramsOrAWayToTheVmThereIsNoGuard() throws IOException {
        set("unreachable");
        failsFor(Reason.BROKEN, "no daemon", () -> guards.arm(VM, AT_ONCE, PATIENCE, List.of()));
        set("silent");
        failsFor(Reason.TIMEOUT, "no answer", () -> guards.arm(VM, AT_ONCE, Duration.ofSeconds(5), List.of()));

        for (String needed : List.of("sh", "id", "timeout", "setsid", "mv", "rm", "sleep", "env")) {
            node.program(needed, "#!/bin/sh\nexec '" + found(needed) + "' \"$@\"\n");
        }
        failsFor(Reason.TOOL_MISSING, "no program flock", () -> guards("").arm(VM, AT_ONCE, PATIENCE, List.of()));
        awaitNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "web", "4DEA22B3-1D52-D8F3-2516-782E98AB3FA0", "4dea22b31d52d8f32516782e98ab3fa0"})
    void whatVirshCouldTakeForAnotherVmIsRefused(String id) {
        VmId vm = VmId.of(id);
        failsFor(Reason.MISSING, "no VM " + id, () -> guards.arm(vm, NEVER, PATIENCE, List.of()));
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
