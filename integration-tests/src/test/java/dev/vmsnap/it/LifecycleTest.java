package dev.vmsnap.it;

import static dev.vmsnap.it.Host.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.spi.ImageInfo;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All verbs in every power state, with and without RAM, on one and three disks; the guest's counters are the proof. */
final class LifecycleTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aRunningGuestContinuesFromItsRam(int disks) {
        Host host = Host.ofDisks(lab, disks).boot();
        host.tickOn();

        long beforeFirst = host.console().lastTick().orElseThrow();
        Snapshot first = host.createWithRam("first");
        long atFirst = host.console().lastTick().orElseThrow();
        long beforeSecond = host.tickOn();
        Snapshot second = host.createWithRam("second");
        long atSecond = host.console().lastTick().orElseThrow();
        host.tickOn();

        host.restore(first);
        assertThat(host.console().awaitReturn(PATIENCE)).isBetween(beforeFirst, atFirst + 3);
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        long afterFirst = host.tickOn();
        assertDisksAgreeWithRam(host, afterFirst);

        host.lab().virsh("start", host.guest().name());
        host.console().awaitBoot(PATIENCE);
        host.console().awaitTickAfter(atSecond + 20, PATIENCE);
        host.restore(second);
        assertThat(host.console().awaitReturn(PATIENCE)).isBetween(beforeSecond, atSecond + 3);
        host.tickOn();

        SnapshotTree tree = host.tree();
        assertThat(tree.snapshots()).extracting(Snapshot::id).containsExactly(first.id(), second.id());
        assertThat(tree.current()).contains(second.id());
        assertThat(first.receipt().orElseThrow().ramBytes()).isPositive();
        assertThat(first.receipt().orElseThrow().pause()).isPositive();
        deleteEverythingAndCheck(host);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aRunningGuestBootsAgainFromItsDisks(int disks) {
        Host host = Host.ofDisks(lab, disks).boot();
        long before = host.tickOn();
        Snapshot snapshot = host.create("disks only");
        long after = host.tickNow();
        host.tickOn();

        host.restore(snapshot);

        List<Long> booted = host.console().awaitBoot(PATIENCE).counters();
        assertThat(booted).hasSize(disks).allSatisfy(c -> assertThat(c).isBetween(before, after));
        assertThat(booted.stream().mapToLong(c -> c).max().orElseThrow()
                        - booted.stream().mapToLong(c -> c).min().orElseThrow())
                .isLessThanOrEqualTo(1);
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        assertThat(snapshot.receipt().orElseThrow().consistency()).isEqualTo(Snapshot.Consistency.CRASH);
        deleteEverythingAndCheck(host);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aStoppedGuestStaysStopped(int disks) {
        Host host = Host.ofDisks(lab, disks).boot();
        host.tickOn();
        host.powerOff();
        List<Long> before = host.diskCounters();
        Snapshot snapshot = host.create("off");
        host.boot().tickOn();
        host.powerOff();
        assertThat(host.diskCounters()).isNotEqualTo(before);

        host.restore(snapshot);

        assertThat(host.power()).isEqualTo(PowerState.OFF);
        assertThat(host.diskCounters()).isEqualTo(before);
        assertThat(snapshot.receipt().orElseThrow().consistency()).isEqualTo(Snapshot.Consistency.OFFLINE);
        deleteEverythingAndCheck(host);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPausedGuestStaysPausedUntilItsOwnerLetsItGo(boolean ram) {
        Host host = Host.ofDisks(lab, 2).boot();
        host.tickOn();
        host.lab().virsh("suspend", host.guest().name());
        long paused = host.console().lastTick().orElseThrow();
        Snapshot snapshot = ram ? host.createWithRam("paused") : host.create("paused");
        assertThat(host.power()).isEqualTo(PowerState.PAUSED);
        host.lab().virsh("resume", host.guest().name());
        host.tickOn();
        host.lab().virsh("suspend", host.guest().name());

        host.restore(snapshot);

        assertThat(host.power()).isEqualTo(PowerState.PAUSED);
        host.lab().virsh("resume", host.guest().name());
        if (ram) {
            assertThat(host.console().awaitReturn(PATIENCE)).isBetween(paused, paused + 2);
        } else {
            assertThat(host.console().awaitBoot(PATIENCE).counters())
                    .allSatisfy(c -> assertThat(c).isBetween(paused - 1, paused + 2));
        }
        deleteEverythingAndCheck(host);
    }

    @Test
    void aTreeWithBranchesLosesLeafMiddleAndRoot() {
        Host host = Host.ofDisks(lab, 2).boot();
        Snapshot root = host.createWithRam("root");
        host.tickOn();
        Snapshot middle = host.create("middle");
        host.tickOn();
        Snapshot leaf = host.createWithRam("leaf");
        host.restore(root);
        host.tickOn();
        Snapshot branch = host.createWithRam("branch");
        assertThat(host.tree().childrenOf(root.id()))
                .extracting(Snapshot::id)
                .containsExactly(middle.id(), branch.id());
        assertThat(host.tree().pathTo(leaf.id()))
                .extracting(Snapshot::id)
                .containsExactly(root.id(), middle.id(), leaf.id());

        host.delete(leaf);
        assertThat(host.tree().find(leaf.id())).isEmpty();
        host.delete(root);
        assertThat(host.tree().roots()).extracting(Snapshot::id).containsExactly(middle.id(), branch.id());
        host.powerOff();
        host.delete(middle);
        assertThat(host.tree().snapshots()).extracting(Snapshot::id).containsExactly(branch.id());
        for (GuestDisk disk : host.guest().disks()) {
            assertThat(host.inImage(disk)).containsExactly(ImageInfo.tag(branch.id()));
        }
        host.restore(branch);
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        deleteEverythingAndCheck(host);
    }

    /** Stops the guest and compares what is on its disks with what it last said. */
    private static void assertDisksAgreeWithRam(Host host, long atLeast) {
        host.powerOff();
        long last = host.console().lastTick().orElseThrow();
        assertThat(last).isGreaterThanOrEqualTo(atLeast);
        assertThat(host.diskCounters()).allSatisfy(c -> assertThat(c).isBetween(last, last + 1));
        host.assertImagesClean();
    }

    private static void deleteEverythingAndCheck(Host host) {
        assertThat(host.snapshots().deleteAll(host.vm(), Host.ADMIN).await().isEmpty())
                .isTrue();
        for (GuestDisk disk : host.guest().disks()) {
            assertThat(host.inImage(disk)).isEmpty();
        }
        host.powerOff();
        host.assertImagesClean();
        assertThat(host.lab()
                        .virsh("snapshot-list", host.guest().name(), "--name")
                        .strip())
                .isEmpty();
    }
}
