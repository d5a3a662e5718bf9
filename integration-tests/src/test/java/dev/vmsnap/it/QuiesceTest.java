package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static dev.vmsnap.it.Host.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Snapshot.Consistency;
import dev.vmsnap.SnapshotSpec.Quiesce;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.spi.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Snapshots of a guest with a real agent: frozen when it answers, and what comes of it when it does not. */
@Timeout(300)
final class QuiesceTest {
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final Duration SOON_AFTER_IT_HAS_BEGUN = Duration.ofSeconds(5);

    @RegisterExtension
    static final Lab LAB = new Lab();

    private static ScribeHost host;
    private static VmSnapshots impatient;

    @BeforeAll
    static void boot() {
        host = ScribeHost.boot(LAB);
        impatient = host.engine(b -> b.freezeDeadline(SOON));
    }

    @BeforeEach
    void forget() {
        host.guest().forgetFreezes(PATIENCE);
    }

    @AfterEach
    void heal() {
        host.heal();
    }

    private static List<String> freezes() {
        return host.guest().freezes(PATIENCE);
    }

    private static void assertNotQuiesced(Snapshot snapshot, String why) {
        Snapshot.Receipt receipt = snapshot.receipt().orElseThrow();
        assertThat(receipt.consistency()).isEqualTo(Consistency.CRASH);
        assertThat(receipt.freeze()).isZero();
        assertThat(receipt.notes()).singleElement().asString().contains(why);
    }

    private static void failsFor(Reason reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
        assertThat(host.tree().isEmpty()).isTrue();
        host.assertNoSnapshotInImages();
    }

    @Test
    void aQuiescedSnapshotIsCleanOnEachDiskAndOneThatIsNotNeedsItsJournal() {
        host.guest().tell("echo as yet in memory >/vda/unsynced", PATIENCE);
        Snapshot quiet = host.create(Quiesce.REQUIRE);
        assertThat(freezes()).containsExactly("freeze", "thaw");
        long after = host.tickNow();
        Snapshot loud = host.create(Quiesce.NEVER);
        assertThat(freezes()).hasSize(2);
        Snapshot one = host.snapshots()
                .create(host.vm(), ScribeHost.spec(Quiesce.PREFER).excluding("vdb"), ADMIN)
                .await();
        assertThat(freezes()).hasSize(4);

        Snapshot.Receipt receipt = quiet.receipt().orElseThrow();
        assertThat(receipt.consistency()).isEqualTo(Consistency.QUIESCED);
        assertThat(receipt.freeze()).isPositive();
        assertThat(receipt.notes()).isEmpty();
        assertThat(loud.receipt().orElseThrow().consistency()).isEqualTo(Consistency.CRASH);
        assertThat(one.receipt().orElseThrow().consistency()).isEqualTo(Consistency.QUIESCED);
        for (int disk : List.of(0, 1)) {
            assertThat(host.content(quiet, disk).isClean()).isTrue();
            assertThat(host.content(quiet, disk).lastNumber()).isLessThan(after);
            assertThat(host.content(loud, disk).isClean()).isFalse();
        }
        assertThat(host.content(quiet, 0).text("unsynced")).isEqualTo("as yet in memory");
        assertThat(host.content(one, 0).isClean()).isTrue();
    }

    @Test
    void anAgentThatHangsIsNotWaitedForLongerThanTheDeadline() {
        host.guest().hangAgent(PATIENCE);

        failsFor(Reason.TIMEOUT, () -> host.create(impatient, Quiesce.REQUIRE));
        assertNotQuiesced(host.create(impatient, Quiesce.PREFER), "could not be frozen");

        assertThat(host.guardFiles()).isEmpty();
        host.guest().wakeAgent(PATIENCE);
        assertThat(host.isFrozen()).isFalse();
        assertThat(freezes()).isEmpty();
    }

    @Test
    void aFreezeThatFailsInTheGuestStopsOnlyWhatRequiresIt() {
        host.guest().onFreeze("exit 7", PATIENCE);

        failsFor(Reason.BROKEN, () -> host.create(Quiesce.REQUIRE));
        assertNotQuiesced(host.create(Quiesce.PREFER), "status 7");

        assertThat(host.isFrozen()).isFalse();
        host.awaitNoGuard();
    }

    @Test
    void aFreezeThatComesTooLateIsUndoneAsSoonAsItHasCome() {
        host.guest().onFreeze("while [ -e /run/slow ]; do sleep 0.1; done", PATIENCE);
        host.guest().tell("touch /run/slow", PATIENCE);

        VmSnapshots patient = host.engine(b -> b.freezeDeadline(SOON_AFTER_IT_HAS_BEGUN));
        assertNotQuiesced(host.create(patient, Quiesce.PREFER), "could not be frozen");
        assertThat(freezes()).containsExactly("freeze");
        assertThat(host.guards()).isNotEmpty();
        host.guest().tell("rm -f /run/slow", PATIENCE);

        ScribeHost.await(() -> freezes().contains("thaw"));
        host.awaitNoGuard();
        assertThat(host.isFrozen()).isFalse();
    }

    @Test
    void whatSomebodyElseHasFrozenStaysFrozen() {
        host.agent("guest-fsfreeze-freeze");

        failsFor(Reason.IN_USE, () -> host.create(Quiesce.REQUIRE));
        assertThat(host.isFrozen()).isTrue();
        assertNotQuiesced(host.create(Quiesce.PREFER), "somebody else");

        assertThat(host.isFrozen()).isTrue();
        assertThat(host.agent("guest-fsfreeze-thaw")).contains("2");
    }

    @Test
    void whatADeadManagerHasFrozenIsThawedByTheNextOne() {
        victim(LAB.uri(), "snapshot the disks").awaitDeath();

        assertThat(host.snapshots().recover().clean()).isTrue();

        // Sooner than the node would have.
        assertThat(host.guardFiles()).isEmpty();
        assertThat(host.isFrozen()).isFalse();
        assertThat(freezes()).containsExactly("freeze", "thaw");
        assertThat(host.tree().isEmpty()).isTrue();
    }

    @Test
    void whatADeadManagerHasFrozenOnANodeBehindSshIsThawedByTheNode() {
        Sshd sshd = Sshd.start(LAB);
        victim(sshd.uri(), "thaw the guest").awaitDeath();
        sshd.kill();

        host.awaitNoGuard();

        assertThat(host.isFrozen()).isFalse();
        assertThat(freezes()).containsExactly("freeze", "thaw");
        host.tickOn();
        assertThat(host.snapshots().recover().clean()).isTrue();
        assertThat(host.tree().isEmpty()).isTrue();
    }

    /** A manager that dies instead of beginning a step. */
    private static ChildHost victim(String uri, String step) {
        return ChildHost.start(
                "node-1", uri, "", Host.store(LAB), host.vm(), "create-quiesced", ChildHost.Death.atStep(step));
    }

    @Test
    void anAgentThatComesAndGoesIsKnown() {
        host.guest().killAgent(PATIENCE);
        ScribeHost.await(() -> !agentFound());

        assertThatThrownBy(() -> host.create(Quiesce.REQUIRE))
                .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.refusals())
                        .extracting(Refusal::code)
                        .containsExactly(Refusal.Code.QUIESCE_UNAVAILABLE));
        assertNotQuiesced(host.create(Quiesce.PREFER), "no guest agent");

        host.guest().startAgent(PATIENCE);
        ScribeHost.await(QuiesceTest::agentFound);
        assertThat(host.create(Quiesce.REQUIRE).receipt().orElseThrow().consistency())
                .isEqualTo(Consistency.QUIESCED);
    }

    private static boolean agentFound() {
        try (KvmHypervisor kvm = KvmHypervisor.connect(LAB.uri())) {
            return kvm.find(host.vm()).orElseThrow().agent();
        }
    }

    /** Nobody could thaw the guest there should this process die. */
    @Test
    void onANodeWithoutVirshNothingIsFrozen() throws IOException {
        Path programs = Files.createDirectory(LAB.directory().resolve("programs"));
        for (String program :
                List.of("sh", "id", "setsid", "flock", "timeout", "mv", "rm", "sleep", "stat", "qemu-img")) {
            Files.createSymbolicLink(programs.resolve(program), found(program));
        }
        KvmHypervisor here = KvmHypervisor.connect(LAB.uri());
        LAB.cleanUp(here::close);
        Commands poor = command -> {
            List<String> arguments = new ArrayList<>(List.of("env", "PATH=" + programs));
            arguments.addAll(command.arguments());
            return here.commands()
                    .run(new Commands.Command(arguments, command.input(), command.timeout(), command.outputLimit()));
        };
        VmSnapshots snapshots = ScribeHost.engine(
                LAB, KvmHypervisor.connect(LAB.uri(), poor, here.files()), ScribeHost.store(LAB), b -> b);

        assertThatThrownBy(() -> host.create(snapshots, Quiesce.REQUIRE))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOOL_MISSING))
                .hasMessageContaining("no program virsh");
        assertNotQuiesced(host.create(snapshots, Quiesce.PREFER), "no program virsh");
        assertThat(freezes()).isEmpty();
    }

    private static Path found(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(place -> Path.of(place, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }
}
