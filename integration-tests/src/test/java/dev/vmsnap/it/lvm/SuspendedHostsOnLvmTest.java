package dev.vmsnap.it.lvm;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.Snapshot;
import dev.vmsnap.it.SuspendedHost;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.storage.lvm.LvmStorage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Managers of a VM on logical volumes of another node, which is off, are suspended in the middle of their verbs until another
 * one has taken over, made a snapshot and written to the disks. They wake up, and no volume changes.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@Tag("nightly")
final class SuspendedHostsOnLvmTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "a");

    private final Map<String, Integer> outcomes = new TreeMap<>();

    @ParameterizedTest
    @ValueSource(strings = {"create", "restore", "delete", "delete-all"})
    void whereverAManagerIsSuspendedItChangesNothingAfterwards(String verb) throws Exception {
        lab.pool("pool", 64);
        Contents disks = new Contents(lab.node(), List.of(lab.thick("thick", 8), lab.thin("pool", "thin", 8)));
        LvmHost host = LvmHost.of(
                lab,
                LvmStorage.inVolumeGroup(LvmLab.GROUP),
                builder -> builder.leaseTime(SuspendedHost.LEASE).waitWhenBusy(PATIENCE),
                disks.devices().toArray(String[]::new));
        int suspended = 0;
        try (SuspendedHost sleeper = SuspendedHost.start("a", lab.node().uri(), LvmLab.GROUP, lab.store(), host.vm())) {
            while (true) {
                sleeper.begin(prepared(host, verb), suspended + 1);
                if (!sleeper.awaitSuspended()) {
                    assertThat(sleeper.outcome()).isEqualTo("DONE");
                    break;
                }
                suspended++;
                takeOver(host, disks, sleeper, verb + ", chance " + suspended);
            }
        }
        System.out.println("suspended and woken: " + verb + ", logical volumes: " + suspended + " " + outcomes);
        assertThat(suspended).isGreaterThan(8);
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        assertThat(lab.volumes().ours()).isEmpty();
    }

    private static String prepared(LvmHost host, String verb) {
        host.tree().snapshots().stream().filter(s -> !s.name().equals("first")).forEach(host::delete);
        Snapshot first = host.tree().snapshots().stream().findFirst().orElseGet(() -> host.create("first"));
        return switch (verb) {
            case "restore", "delete" -> verb + " " + first.id();
            default -> verb;
        };
    }

    private void takeOver(LvmHost host, Contents disks, SuspendedHost sleeper, String where) throws Exception {
        try {
            awaitLease(host);
            host.create("theirs");
        } catch (DriverException e) {
            assertThat(SuspendedHost.holdsTheStore(e)).as(where + ": " + e).isTrue();
            outcomes.merge("held the store", 1, Integer::sum);
            sleeper.resume();
            host.snapshots().recover(host.vm());
            return;
        }
        String written = disks.fill(1, 1);
        Map<String, Volumes.Lv> volumes = lab.volumes().all();
        String tree = host.tree().toString();

        String outcome = sleeper.resume();

        assertThat(disks.sums()).as(where + ": " + outcome).isEqualTo(written);
        assertThat(lab.volumes().all()).as(where + ": " + outcome).isEqualTo(volumes);
        assertThat(host.tree()).as(where).hasToString(tree);
        outcomes.merge(outcome.replaceFirst(":.*", ""), 1, Integer::sum);
        assertThat(outcome).as(where).matches("(DONE|LEASE_LOST: .*|RefusedException: .*|NoSuchSnapshot.*)");
        assertThat(host.snapshots().recover(host.vm()).recovered()).as(where).isEmpty();
    }

    private static void awaitLease(LvmHost host) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (host.snapshots().recover(host.vm()).recovered().stream()
                .anyMatch(r -> r.outcome() == Outcome.IN_PROGRESS)) {
            assertThat(System.nanoTime()).as("the lease is still held").isLessThan(end);
            Thread.sleep(50);
        }
    }
}
