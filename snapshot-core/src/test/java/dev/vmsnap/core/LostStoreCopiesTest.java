package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Finding;
import dev.vmsnap.PowerState;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots.Rebuilt;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.InMemoryStore;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The copies of the records of a lost store: each goes once a rebuild has taken all of it in, and what cannot go is named. */
final class LostStoreCopiesTest {
    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
    private final VmId vm = scenario.vm;
    private InMemoryStore store = scenario.datacenter.store();

    @Test
    void theCopyOfALostStoreGoesOnceAllOfItIsTakenIn() {
        scenario.create("one");
        fresh();

        assertThat(scenario.snapshots.doctor(vm)).extracting(Finding::kind).contains(Finding.Kind.NOTICE);
        Rebuilt rebuilt = scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(rebuilt.changed()).isTrue();
        assertThat(scenario.snapshots.doctor(vm)).isEmpty();
        assertThat(stores()).containsExactly(store.id());
    }

    @Test
    void theCopyOfALostStoreWhosePartsAreAllGoneGoesToo() {
        Snapshot gone = scenario.create("gone");
        fresh();
        Snapshot mine = scenario.create("mine");
        scenario.guest.disk("vda").removeBehindOurBack(gone.id());
        scenario.guest.disk("vdb").removeBehindOurBack(gone.id());
        assertThat(scenario.snapshots.doctor(vm))
                .extracting(Finding::kind)
                .isNotEmpty()
                .containsOnly(Finding.Kind.NOTICE);

        Rebuilt rebuilt = scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(rebuilt.added()).isEmpty();
        assertThat(scenario.tree().snapshots()).containsExactly(mine);
        assertThat(scenario.snapshots.doctor(vm)).isEmpty();
        assertThat(scenario.snapshots.rebuild(vm, ADMIN).changed()).isFalse();
    }

    @Test
    void theCopyOfALostStoreStaysWhileALeftoverOfItIsOnADisk() {
        Snapshot kept = scenario.create("kept");
        VmRecord record = scenario.datacenter.store().find(vm).orElseThrow();
        scenario.guest.disk("vda").addBehindOurBack("vmsnap-left");
        scenario.datacenter
                .inImage()
                .plant(new RecordsCopy(
                        Optional.of("third-store"),
                        Instant.EPOCH,
                        record.withLeftovers(List.of(new VmRecord.Leftover(
                                SnapshotId.of("left"), kept.volumes().get(0), "it was away"))),
                        Map.of()));
        fresh();

        scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(stores()).containsExactlyInAnyOrder(store.id(), "third-store");
        scenario.guest.disk("vda").removeBehindOurBack(SnapshotId.of("left"));
        assertThat(scenario.snapshots.rebuild(vm, ADMIN).changed()).isTrue();
        assertThat(stores()).containsExactly(store.id());
    }

    @Test
    void theCopyOfALostStoreStaysWhileItNamesASnapshotOfADiskThatTheVmLacks() {
        Snapshot away = scenario.create("away");
        VmRecord record = scenario.datacenter.store().find(vm).orElseThrow();
        scenario.datacenter
                .inImage()
                .plant(new RecordsCopy(
                        Optional.of("third-store"),
                        Instant.EPOCH,
                        record.withTree(SnapshotTree.empty(vm)
                                .grow(new Snapshot(
                                        SnapshotId.of("elsewhere"),
                                        vm,
                                        Optional.empty(),
                                        away.labels(),
                                        away.createdAt(),
                                        away.createdBy(),
                                        away.status(),
                                        away.reason(),
                                        false,
                                        away.power(),
                                        away.node(),
                                        List.of(away.volumes().get(0).withSource("/images/detached.qcow2")),
                                        away.excluded(),
                                        away.receipt()))),
                        Map.of()));
        fresh();

        Rebuilt rebuilt = scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(rebuilt.notices()).extracting(Notice::code).contains(Notice.Code.SNAPSHOT_NOT_REBUILT);
        assertThat(stores()).containsExactlyInAnyOrder(store.id(), "third-store");
        assertThat(scenario.snapshots.rebuild(vm, ADMIN).changed()).isFalse();
    }

    @Test
    void theCopyOfALostStoreStaysIfThePresentOneCannotBeWritten() {
        scenario.create("one");
        String lost = scenario.datacenter.store().id();
        fresh();
        scenario.datacenter.faults().failOn(Point.STORAGE_PUBLISH).with(Reason.NO_SPACE);

        scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(stores()).containsExactly(lost);
        scenario.datacenter.faults().clear();
        assertThat(scenario.snapshots.rebuild(vm, ADMIN).changed()).isTrue();
        assertThat(stores()).containsExactly(store.id());
    }

    @Test
    void usageListsSnapshotsThatTheStoreDoesNotKnowAndTheLimitDoesNotCountThem() {
        Scenario lost = Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.RUNNING);
        Snapshot unknown = lost.create("unknown");
        List<Snapshot.Usage> before = lost.snapshots.usage(lost.vm);
        InMemoryStore empty = new InMemoryStore(lost.datacenter.clock());
        lost.snapshots = lost.engine(b -> b.store(empty));
        lost.snapshots.configure(lost.vm, SettingsChoice.open().limit(1), ADMIN);

        assertThat(before).isNotEmpty();
        assertThat(lost.snapshots.usage(lost.vm)).isEqualTo(before);
        Snapshot known = lost.create("known");
        assertThat(lost.snapshots.usage(lost.vm))
                .extracting(Snapshot.Usage::snapshot)
                .startsWith(known.id())
                .endsWith(unknown.id());
    }

    private List<String> stores() {
        return scenario.datacenter.inImage().published(vm).stream()
                .map(copy -> copy.store().orElseThrow())
                .toList();
    }

    /** The store is lost: the next process finds an empty one. */
    private void fresh() {
        store = new InMemoryStore(scenario.datacenter.clock());
        scenario.snapshots = scenario.engine(b -> b.store(store));
    }
}
