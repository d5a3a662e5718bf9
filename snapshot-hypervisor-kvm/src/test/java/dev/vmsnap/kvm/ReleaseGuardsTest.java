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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes on this machine, with a {@code virsh} that has the state that the test gives it. */
@Timeout(120)
final class ReleaseGuardsTest {
    private static final VmId VM = VmId.of("4dea22b3-1d52-d8f3-2516-782e98ab3fa0");
    private static final VmId OTHER = VmId.of("4dea22b3-1d52-d8f3-2516-782e98ab3fa1");
    private static final String HELD = "7\npaused (user)\n";
    private static final String RUNNING = "7\nrunning (unpaused)\n";
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration LATER = Duration.ofSeconds(4);
    private static final Duration NEVER = Duration.ofHours(1);

    @TempDir
    Path directory;

    private GuardedNode node;
    private NodeGuards guards;

    @BeforeEach
    void begin() throws IOException {
        node = new GuardedNode(directory);
        node.set("state", HELD);
        node.set("job", "None");
        node.set("defined", VM + "\n" + OTHER + "\n");
        node.program("virsh", """
                #!/bin/sh
                case "$*" in
                    *domstate*) echo >>'%1$s/looks'; cat '%1$s/state' ;;
                    *domid*) head -n 1 '%1$s/state' ;;
                    *list*) cat '%1$s/defined' ;;
                    *domjobinfo*) echo "Operation: $(cat '%1$s/job')" ;;
                    *domjobabort*) echo >>'%1$s/aborted' ;;
                    *block_resize*) echo "$*" >>'%1$s/resized' ;;
                    *resume*) [ ! -e '%1$s/stuck' ] || exit 1; echo >>'%1$s/resumed' ;;
                    *cont*) echo >>'%1$s/continued' ;;
                    *migrate-getmaxdowntime*) echo 3 ;;
                    *migrate-setmaxdowntime*) echo "$*" >>'%1$s/usual' ;;
                esac
                """.formatted(directory));
        guards = NodeGuards.releasing(node.commands(System.getenv("PATH")), "qemu:///system", node.place());
    }

    @AfterEach
    void end() {
        node.end();
    }

    private void awaitItsEnd() {
        await(() -> node.processes().isEmpty());
    }

    @Test
    void releasesAGuestThatIsStillHeldAndSaysSo() {
        String id = guards.arm(VM, SOON, PATIENCE, List.of());
        assertThat(guards.released(VM)).isFalse();

        awaitItsEnd();

        assertThat(node.lines("resumed")).isEqualTo(1);
        assertThat(node.lines("aborted")).isZero();
        assertThat(node.lines("usual")).isEqualTo(1);
        assertThat(guards.released(VM)).isTrue();
        assertThat(guards.waits(VM, id)).isFalse();
        assertThat(guards.disarm(VM, id)).isFalse();
        assertThat(guards.released(VM)).isFalse();
        assertThat(node.files()).isEmpty();
    }

    @Test
    void releasesNothingOnceTheGuestWasReleased() {
        String id = guards.arm(VM, NEVER, PATIENCE, List.of());
        assertThat(guards.waits(VM, id)).isTrue();

        assertThat(guards.disarm(VM, id)).isTrue();

        awaitItsEnd();
        assertThat(node.lines("resumed")).isZero();
        assertThat(node.files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"7\npaused (I/O error)\n", "8\npaused (user)\n", "-\nshut off (destroyed)\n", RUNNING})
    void aGuestThatStandsStillForAnotherReasonOrWasStartedAnewIsLeftAlone(String state) {
        guards.arm(VM, SOON, PATIENCE, List.of());
        node.set("state", state);

        awaitItsEnd();

        assertThat(node.lines("resumed")).isZero();
    }

    @Test
    void aGuestThatRanInBetweenAndWasPausedByItsAdministratorStaysPaused() {
        guards.arm(VM, LATER, PATIENCE, List.of());
        await(() -> node.lines("looks") > 0);
        node.set("state", RUNNING);
        await(() -> guards.released(VM));
        node.set("state", HELD);

        awaitItsEnd();

        assertThat(node.lines("resumed")).isZero();
        assertThat(guards.released(VM)).isTrue();
    }

    @Test
    void aSaveOfItsRamIsGivenUpFirst() {
        node.set("job", "Snapshot");
        guards.arm(VM, SOON, PATIENCE, List.of());

        awaitItsEnd();

        assertThat(node.lines("aborted")).isEqualTo(1);
        assertThat(node.lines("resumed")).isEqualTo(1);
    }

    @Test
    void qemuIsToldWhatComesFirst() throws IOException {
        guards.arm(VM, SOON, PATIENCE, List.of(Qmp.resize("disk-1", 7), Qmp.resize("it's $(2)", 8)));

        awaitItsEnd();

        assertThat(Files.readAllLines(directory.resolve("resized")))
                .extracting(line -> line.substring(line.indexOf('{')))
                .containsExactly(
                        Qmp.resize("disk-1", 7).json(),
                        Qmp.resize("it's $(2)", 8).json());
        assertThat(node.lines("resumed")).isEqualTo(1);
    }

    @Test
    void qemuLetsItGoIfLibvirtDoesNot() {
        node.set("stuck", "");
        guards.arm(VM, SOON, PATIENCE, List.of());

        awaitItsEnd();

        assertThat(node.lines("continued")).isEqualTo(1);
    }

    @Test
    void outlivesWhatAsksItToEnd() {
        guards.arm(VM, SOON, PATIENCE, List.of());

        node.processes().forEach(ProcessHandle::destroy);

        awaitItsEnd();
        assertThat(node.lines("resumed")).isEqualTo(1);
    }

    @Test
    void theTraceOfAnEarlierHoldIsNotTakenForThatOfALaterOne() {
        String earlier = guards.arm(VM, SOON, PATIENCE, List.of());
        awaitItsEnd();

        String later = guards.arm(VM, NEVER, PATIENCE, List.of());

        assertThat(guards.released(VM)).isFalse();
        assertThat(guards.disarm(VM, earlier)).isFalse();
        assertThat(guards.disarm(VM, later)).isTrue();
    }

    @Test
    void aGuardThatWasSeenBeforeItLeavesItsTraceLeavesNone() {
        node.program("mv", """
                #!/bin/sh
                /usr/bin/mv "$@" || exit
                case "$1" in *.armed) while [ -e '%s/slow' ]; do sleep 0.1; done ;; esac
                """.formatted(directory));
        node.set("slow", "");
        String id = guards.arm(VM, SOON, PATIENCE, List.of());
        await(() -> guards.released(VM));

        assertThat(guards.disarm(VM, id)).isFalse();

        assertThat(guards.released(VM)).as("it acts still").isTrue();
        guards.disarm(VM);
        node.clear("slow");
        awaitItsEnd();
        assertThat(node.lines("resumed")).isEqualTo(1);
        assertThat(node.files()).isEmpty();
    }

    @Test
    void aLaterHoldWaitsForAGuardThatWasSeenWhileItActs() {
        node.set("stuck", "");
        String id = guards.arm(VM, SOON, PATIENCE, List.of());
        await(() -> guards.released(VM));
        guards.disarm(VM, id);
        node.clear("stuck");

        String later = guards.arm(VM, NEVER, PATIENCE, List.of());

        assertThat(guards.released(VM)).isFalse();
        assertThat(node.files()).singleElement().asString().endsWith(later + ".armed");
    }

    @Test
    void whatDeadManagersLeaveGoesWithTheirVms() {
        guards.arm(VM, SOON, PATIENCE, List.of());
        awaitItsEnd();

        String other = guards.arm(OTHER, NEVER, PATIENCE, List.of());
        assertThat(guards.released(VM)).as("of a VM that is there").isTrue();
        assertThat(guards.disarm(OTHER, other)).isTrue();
        node.set("defined", OTHER + "\n");
        guards.arm(OTHER, NEVER, PATIENCE, List.of());

        assertThat(guards.released(VM)).isFalse();
        assertThat(guards.any(VM)).isFalse();
        assertThat(node.files()).hasSize(1);
    }

    @Test
    void manyHoldsOfDeadManagersLeaveTheTraceOfOne() {
        for (int i = 0; i < 3; i++) {
            guards.arm(VM, SOON, PATIENCE, List.of());
            awaitItsEnd();
        }

        assertThat(node.files()).singleElement().asString().endsWith(".fired");
    }

    @Test
    void withoutItsProgramsThereIsNoGuard() {
        for (String needed : new String[] {"sh", "id", "virsh", "env"}) {
            Path real = Path.of("/usr/bin", needed);
            if (!needed.equals("virsh")) {
                node.program(needed, "#!/bin/sh\nexec '" + real + "' \"$@\"\n");
            }
        }
        NodeGuards poor = NodeGuards.releasing(node.commands(""), "qemu:///system", node.place());

        failsFor(
                Reason.TOOL_MISSING,
                "cannot release VM " + VM + " by itself: no program setsid",
                () -> poor.arm(VM, SOON, PATIENCE, List.of()));
    }
}
