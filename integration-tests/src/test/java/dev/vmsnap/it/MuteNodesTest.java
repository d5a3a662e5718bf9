package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.Finding;
import dev.vmsnap.Finding.Kind;
import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.VmSnapshots.Expired;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Beside a node that works stand two that are mute: a libvirt daemon that is stopped in its tracks, and a port that accepts
 * connections and never answers. They are the trouble of their own VMs.
 */
@Timeout(600)
final class MuteNodesTest {
    @RegisterExtension
    final Lab lab = new Lab();

    private Lab.Daemon other;
    private MutePort port;
    private CountedNode frozen;
    private CountedNode mute;
    private Host host;
    private VmSnapshots snapshots;
    private TickerGuest there;
    private VmId db;

    @BeforeEach
    void freezeTheNodeOfAVmWithASnapshot() throws IOException {
        other = lab.anotherDaemon();
        port = MutePort.open(lab);
        frozen = new CountedNode(KvmHypervisor.connect(other.uri()));
        mute = new CountedNode(KvmHypervisor.connect(port.uri()));
        TickerGuest here = TickerGuest.in(lab.directory(), lab.newName(), 1);
        host = Host.of(lab, here, builder -> builder.node("frozen", frozen.driver())
                        .node("mute", mute.driver()))
                .boot();
        snapshots = host.snapshots();
        there = TickerGuest.in(lab.directory(), lab.newName(), 1);
        there.createDisks();
        Path xml = Files.writeString(lab.directory().resolve("there.xml"), there.domainXml());
        Shell.run("virsh", "-q", "-c", other.uri(), "define", xml.toString());
        db = VmId.of(Shell.run("virsh", "-q", "-c", other.uri(), "domuuid", there.name())
                .strip());
        snapshots.create(db, SnapshotSpec.named("kept"), ADMIN).await();
        snapshots.create(db, expiring(), ADMIN).await();
        other.control("freeze");
        frozen.forget();
        mute.forget();
    }

    @Test
    void verbsOnAnotherNodeWorkAndAskEachMuteNodeAtMostOnce() {
        Snapshot one = host.create("one");
        host.restore(one);
        Snapshot two = host.createWithRam("two");
        host.restore(two);
        assertThat(snapshots
                        .check(host.vm(), new Intent.Create(SnapshotSpec.named("x")), ADMIN)
                        .allowed())
                .isTrue();
        assertThat(snapshots.usage(host.vm())).isNotEmpty();
        assertThat(snapshots.doctor(host.vm())).isEmpty();
        assertThat(snapshots.recover(host.vm()).clean()).isTrue();
        assertThat(host.delete(one).size()).isEqualTo(1);
        assertThat(snapshots.deleteAll(host.vm(), ADMIN).await().isEmpty()).isTrue();
        host.tickOn();

        assertThat(List.of(frozen.calls("find"), mute.calls("find"))).allMatch(calls -> calls <= 1);
    }

    @Test
    void whatAsksAllNodesNamesTheMuteOnesAndWorksOnTheOthers() {
        snapshots.create(host.vm(), expiring(), ADMIN).await();

        VmSnapshots.VmList list = snapshots.vmList();
        assertThat(list.silentNodes()).extracting(SilentNode::name).containsExactlyInAnyOrder("frozen", "mute");
        assertThat(list.silentNodes()).extracting(SilentNode::why).allMatch(why -> !why.isBlank());
        assertThat(list.vms()).extracting(VmOverview::vm).contains(host.vm(), db);
        assertThat(snapshots.doctor())
                .filteredOn(finding -> finding.kind() == Kind.NODE_AWAY)
                .extracting(Finding::subject)
                .containsExactlyInAnyOrder("frozen", "mute");
        assertThat(snapshots.recover().clean()).isTrue();
        assertThat(snapshots.deleteExpired(ADMIN))
                .hasSize(2)
                .filteredOn(expired -> expired.failure().isEmpty())
                .extracting(Expired::vm)
                .containsExactly(host.vm());
        assertThat(snapshots.tree(db).size()).isEqualTo(2);
        assertThat(List.of(frozen.calls("vms"), mute.calls("vms"))).allMatch(calls -> calls <= 1);
    }

    @Test
    void aVmOfAMuteNodeIsRefusedWithTheCauseAndWorkedOnOnceTheNodeGoesOn() {
        for (int i = 0; i < 2; i++) {
            Refusal refusal = catchThrowableOfType(
                            RefusedException.class, () -> snapshots.create(db, SnapshotSpec.named("x"), ADMIN))
                    .refusals()
                    .get(0);
            assertThat(refusal.code()).isEqualTo(Code.NODE_UNREACHABLE);
            assertThat(refusal.data().get("causes")).contains("frozen (");
        }

        other.control("thaw");

        poll(() -> snapshots
                .check(db, new Intent.Create(SnapshotSpec.named("again")), ADMIN)
                .allowed());
        snapshots.create(db, SnapshotSpec.named("again"), ADMIN).await();
        poll(() -> snapshots.vmList().silentNodes().stream()
                .map(SilentNode::name)
                .toList()
                .equals(List.of("mute")));
    }

    @Test
    void theCommandLineAnswersFromTheStoreWithoutANode() {
        host.create("here");
        int before = port.connections();

        assertThat(vmsnap("tree", there.name())).contains("kept").contains("you are here");
        assertThat(vmsnap("list")).contains("kept").contains("here");
        assertThat(vmsnap("list", host.guest().name())).contains("here").doesNotContain("kept");
        assertThat(port.connections()).isEqualTo(before);
        assertThat(vmsnap("show", there.name(), "kept")).contains("kept").contains("take is unknown: Node ");
        assertThat(vmsnap("vms"))
                .contains(there.name())
                .contains("node frozen does not answer: ")
                .contains("node mute does not answer: ");
    }

    /** Runs the command line with the mute nodes alone. */
    private String vmsnap(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.vmsnap.cli.Vmsnap"));
        command.addAll(List.of(arguments));
        command.addAll(List.of(
                "--store",
                Host.store(lab).toString(),
                "--node",
                "frozen=" + other.uri(),
                "--node",
                "mute=" + port.uri()));
        Shell.Outcome outcome = Shell.attempt(command.toArray(String[]::new));
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        return outcome.output();
    }

    private static SnapshotSpec expiring() {
        return SnapshotSpec.named("short").expiresAt(Instant.now().plusMillis(200));
    }

    private static void poll(BooleanSupplier reached) {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!reached.getAsBoolean()) {
            assertThat(System.nanoTime()).as("the deadline").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
