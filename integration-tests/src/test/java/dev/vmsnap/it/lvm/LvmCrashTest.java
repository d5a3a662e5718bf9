package dev.vmsnap.it.lvm;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.it.ChildHost;
import dev.vmsnap.it.ChildHost.Death;
import dev.vmsnap.it.lvm.LvmHost.Saved;
import dev.vmsnap.it.lvm.Volumes.Space;
import dev.vmsnap.lab.node.LabNodes;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Processes that are killed in the middle of a verb: the next one finishes or undoes it, and nothing is lost. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node b")
final class LvmCrashTest {
    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "b");

    @Test
    void aProcessKilledAtAnyCommandOfARestoreLosesNoSnapshot() {
        lab.pool("pool", 64);
        Contents disks = new Contents(lab.node(), List.of(lab.thick("thick", 64), lab.thin("pool", "thin", 64)));
        LvmHost host = LvmHost.of(lab, disks.devices().toArray(String[]::new));
        String firstSums = disks.fill(1, 1);
        Snapshot first = host.create("first");
        String secondSums = disks.fill(1, 2);
        Snapshot second = host.create("second");
        Set<String> names = lab.volumes().space().names();

        boolean toFirst = true;
        for (int line = 2; line <= 12; line += 2) {
            disks.fill(2, 1);
            Snapshot goal = toFirst ? first : second;
            victim(host, "restore:" + goal.id(), Death.atLvmLine(line)).awaitDeath();
            assertRecovered(host, names);
            assertThat(disks.sums()).as("killed before command %s", line).isEqualTo(toFirst ? firstSums : secondSums);
            toFirst = !toFirst;
        }

        disks.fill(8, 40);
        try (ChildHost victim = victim(host, "restore:" + first.id(), Death.byOthers())) {
            victim.await("lvconvert");
            LvmLab.await("merge", () -> lab.volumes().all().values().stream().anyMatch(LvmCrashTest::isMerging));
        }
        assertRecovered(host, names);
        assertThat(disks.sums()).as("killed during the merge").isEqualTo(firstSums);
        host.restore(second);
        assertThat(disks.sums()).isEqualTo(secondSums);
    }

    private void assertRecovered(LvmHost host, Set<String> names) {
        assertThat(host.snapshots().recover().clean()).isTrue();
        assertThat(lab.volumes().space().names()).isEqualTo(names);
        assertThat(host.tree().snapshots()).extracting(Snapshot::status).containsOnly(Snapshot.Status.AVAILABLE);
        assertThat(host.snapshots().doctor(host.vm())).isEmpty();
    }

    private static boolean isMerging(Volumes.Lv lv) {
        return lv.attributes().charAt(0) == 'O';
    }

    @Test
    void aProcessKilledWhileItHoldsTheGuestOrBringsItBackIsCleanedUpAfter() {
        LvmHost host = LvmHost.of(lab, lab.thick("vda", 16)).boot();
        Space before = lab.volumes().space();

        try (ChildHost victim = victim(host, "create-ram", Death.byOthers())) {
            victim.await("save RAM");
        }
        assertNothingHappened(host, before);
        victim(host, "create-ram", Death.atStep("let the guest run on")).awaitDeath();
        assertThat(host.power()).isEqualTo(PowerState.PAUSED);
        assertNothingHappened(host, before);

        Saved saved = host.save("kept", true);
        host.tickOn();
        victim(host, "restore:" + saved.id(), Death.atStep("bring RAM back")).awaitDeath();
        assertThat(host.snapshots().recover().clean()).isTrue();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        assertThat(host.find(saved.id()).status()).isEqualTo(Snapshot.Status.AVAILABLE);
        host.tickOn();
        Returns.withRam(host, saved);
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        assertThat(lab.volumes().space()).isEqualTo(before);
    }

    private void assertNothingHappened(LvmHost host, Space before) {
        assertThat(host.snapshots().recover().clean()).isTrue();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        assertThat(host.tree().isEmpty()).isTrue();
        assertThat(lab.volumes().space()).isEqualTo(before);
    }

    private ChildHost victim(LvmHost host, String verb, Death death) {
        return ChildHost.start(lab.node().name(), lab.node().uri(), LvmLab.GROUP, lab.store(), host.vm(), verb, death);
    }
}
