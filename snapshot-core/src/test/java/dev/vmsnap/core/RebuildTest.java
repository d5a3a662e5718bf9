package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots.Rebuilt;
import dev.vmsnap.Volume;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.testkit.Faults;
import dev.vmsnap.testkit.InMemoryStore;
import dev.vmsnap.testkit.TestCall;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A lost store, a store put back from a backup, two stores: the records come back from the copies beside the disks. */
final class RebuildTest {
    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
    private final VmId vm = scenario.vm;

    @Test
    void aRebuildThatAddsNothingWritesACopyThatIsNotThere() {
        scenario.datacenter
                .faults()
                .failOn(Faults.Point.STORAGE_PUBLISH)
                .onCall(1)
                .with(DriverException.Reason.DENIED);
        scenario.create("one");
        assertThat(scenario.datacenter.inImage().published(vm)).isEmpty();

        Rebuilt rebuilt = scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(rebuilt.changed()).isFalse();
        assertThat(scenario.datacenter.inImage().published(vm))
                .singleElement()
                .satisfies(copy -> assertThat(copy.record().tree()).isEqualTo(scenario.tree()));
    }

    @ParameterizedTest
    @EnumSource(
            value = Disks.class,
            names = {"FILES", "LOGICAL_VOLUMES", "BOTH"})
    void theSameTreeComesBackWithEverythingThatTheStoreKept(Disks disks) {
        Scenario lost = Scenario.of(disks, PowerState.RUNNING);
        Snapshot root = lost.stamped("one").createWithRam("root");
        lost.stamped("two").create("leaf");
        lost.restore(root.id());
        lost.stamped("three").create("branch");
        lost.snapshots.edit(lost.vm, root.id(), root.labels().comment("kept").tag("ticket", "7"), ADMIN);
        SnapshotTree tree = lost.tree();
        InMemoryStore old = lost.datacenter.store();
        InMemoryStore fresh = new InMemoryStore(lost.datacenter.clock());
        lost.snapshots = lost.engine(b -> b.store(fresh));

        Rebuilt preview = lost.snapshots.previewRebuild(lost.vm, ADMIN);
        assertThat(lost.tree().isEmpty()).as("a preview changes nothing").isTrue();
        Rebuilt rebuilt = lost.snapshots.rebuild(lost.vm, ADMIN);

        assertThat(rebuilt).isEqualTo(preview);
        assertThat(rebuilt.changed()).isTrue();
        assertThat(rebuilt.added()).hasSize(3);
        assertThat(rebuilt.notices()).extracting(Notice::code).containsExactly(Notice.Code.OTHER_STORE);
        assertThat(lost.tree()).isEqualTo(tree);
        assertThat(lost.snapshots.choice(lost.vm))
                .isEqualTo(SettingsChoice.open().limit(5).allowRam(true));
        assertThat(fresh.configurations(lost.vm)).isEqualTo(old.configurations(lost.vm));
        assertThat(lost.snapshots.doctor(lost.vm)).isEmpty();
        Rebuilt again = lost.snapshots.rebuild(lost.vm, ADMIN);
        assertThat(again.changed()).isFalse();
        assertThat(again.added()).isEmpty();
        lost.restore(root.id());
        assertThat(lost.guest.ram()).isEqualTo("one");
        lost.deleteAll();
        assertThat(lost.snapshots.doctor(lost.vm)).isEmpty();
    }

    @Test
    void onTopOfAHalfStoreWhatThatKnowsStays() {
        Snapshot known = scenario.create("known");
        Snapshot lost = scenario.create("lost");
        InMemoryStore half = fresh();
        scenario.snapshots.rebuild(vm, ADMIN);
        half.save(half.find(vm)
                .orElseThrow()
                .withTree(half.find(vm).orElseThrow().tree().prune(List.of(lost.id()))));
        scenario.snapshots.edit(vm, known.id(), "newer name", "", ADMIN);
        scenario.snapshots.configure(vm, SettingsChoice.open().limit(9), ADMIN);

        Rebuilt rebuilt = scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(rebuilt.added()).containsExactly(lost.id());
        assertThat(scenario.tree().find(known.id()).orElseThrow().name()).isEqualTo("newer name");
        assertThat(scenario.snapshots.choice(vm).limit()).hasValue(9);
        assertThat(scenario.snapshots.rebuild(vm, ADMIN).changed()).isFalse();
    }

    @Test
    void aCreateInAnEmptyStoreSaysSoAndLosesNothing() {
        Snapshot before = scenario.create("before");
        fresh();
        assertThat(scenario.snapshots.doctor()).extracting(Finding::kind).containsExactly(Finding.Kind.STORE_EMPTY);
        assertThat(scenario.snapshots
                        .check(vm, new Intent.Create(SnapshotSpec.named("n")), ADMIN)
                        .notices())
                .extracting(Notice::code)
                .contains(Notice.Code.UNKNOWN_SNAPSHOTS);

        Snapshot after = scenario.create("after");

        assertThat(after.receipt().orElseThrow().notes()).anySatisfy(note -> assertThat(note)
                .contains("does not know", before.id().value()));
        assertThat(scenario.snapshots.doctor(vm)).extracting(Finding::kind).contains(Finding.Kind.ORPHAN);
        Rebuilt rebuilt = scenario.snapshots.rebuild(vm, ADMIN);
        assertThat(rebuilt.added()).containsExactly(before.id());
        assertThat(scenario.tree().current()).hasValue(after.id());
        assertThat(scenario.tree().snapshots()).hasSize(2);
        assertThat(scenario.snapshots.doctor()).isEmpty();
        assertThat(scenario.snapshots.doctor(vm)).isEmpty();
    }

    @Test
    void aStoreThatWasPutBackFromABackupLearnsWhatItsNewerCopyKnows() {
        Snapshot early = scenario.create("early");
        InMemoryStore now = scenario.datacenter.store();
        VmRecord backup = now.find(vm).orElseThrow();
        Snapshot late = scenario.create("late");
        scenario.snapshots.edit(vm, early.id(), "renamed", "", ADMIN);
        VmRecord newest = now.find(vm).orElseThrow();
        String id = now.id();
        InMemoryStore restored = fresh();
        restored.save(backup.withRevision(0));
        scenario.datacenter
                .inImage()
                .plant(new RecordsCopy(Optional.of(restored.id()), Instant.EPOCH, newest, now.configurations(vm)));
        assertThat(id).isNotEqualTo(restored.id());

        Rebuilt rebuilt = scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(rebuilt.added()).containsExactly(late.id());
        assertThat(scenario.tree()).isEqualTo(newest.tree());
        assertThat(restored.find(vm).orElseThrow().revision()).isGreaterThanOrEqualTo(newest.revision());
        assertThat(scenario.snapshots.rebuild(vm, ADMIN).changed()).isFalse();
        assertThat(scenario.datacenter.inImage().published(vm))
                .as("the copy that was merged is replaced")
                .filteredOn(copy -> copy.store().equals(Optional.of(restored.id())))
                .hasSize(1);
    }

    @Test
    void theCopiesOfTwoStoresAreMergedTheSameWayInAnyOrder() {
        Snapshot one = scenario.create("one");
        fresh();
        Snapshot two = scenario.create("two");
        InMemoryStore third = fresh();

        Rebuilt rebuilt = scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(rebuilt.added()).containsExactlyInAnyOrder(one.id(), two.id());
        assertThat(rebuilt.notices())
                .filteredOn(notice -> notice.code() == Notice.Code.OTHER_STORE)
                .singleElement()
                .satisfies(notice -> assertThat(notice.message()).contains("the highest revision counts"));
        assertThat(third.configurations(vm)).hasSize(2);
        scenario.restore(one.id());
        scenario.restore(two.id());
    }

    @Test
    void aPartThatIsGoneMakesItsSnapshotUnavailable() {
        Snapshot whole = scenario.create("whole");
        Snapshot hurt = scenario.create("hurt");
        scenario.guest.disk("vda").removeBehindOurBack(hurt.id());
        scenario.guest.disk("vdb").removeBehindOurBack(hurt.id());
        fresh();

        scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(scenario.tree().find(hurt.id()).orElseThrow().reason()).hasValue(Snapshot.Reason.MISSING);
        scenario.restore(whole.id());
        scenario.deleteAll();
    }

    @Test
    void nothingIsWrittenWhileAStorageIsAway() {
        scenario.create("s");
        InMemoryStore empty = fresh();
        scenario.datacenter.inImage().away(true);

        assertThatThrownBy(() -> scenario.snapshots.rebuild(vm, ADMIN))
                .isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.refusals())
                        .extracting(refusal -> refusal.code())
                        .containsOnly(Code.STORAGE_AWAY));

        assertThat(empty.all()).isEmpty();
        scenario.datacenter.inImage().away(false);
        assertThat(scenario.snapshots.rebuild(vm, ADMIN).added()).hasSize(1);
    }

    @Test
    void onlyAnAdministratorMayRebuild() {
        assertThatThrownBy(() -> scenario.snapshots.rebuild(vm, Actor.user("ulla")))
                .isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.refusals())
                        .extracting(refusal -> refusal.code())
                        .containsExactly(Code.ADMINISTRATOR_ONLY));
        assertThatThrownBy(() -> scenario.snapshots.rebuild(VmId.of("nobody"), ADMIN))
                .isInstanceOf(RefusedException.class);
    }

    @Test
    void aSnapshotWhosePartsNoCopyNamesStaysAnOrphan() {
        scenario.guest.disk("vda").addBehindOurBack("vmsnap-orphan");
        fresh();

        Rebuilt rebuilt = scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(rebuilt.changed()).isFalse();
        assertThat(rebuilt.notices()).extracting(Notice::code).containsExactly(Notice.Code.UNKNOWN_SNAPSHOTS);
        assertThat(scenario.snapshots.doctor(vm)).extracting(Finding::kind).contains(Finding.Kind.ORPHAN);
    }

    @Test
    void whatWasDeletedDoesNotComeBack() {
        Snapshot kept = scenario.create("kept");
        Snapshot gone = scenario.create("gone");
        fresh();
        scenario.snapshots.rebuild(vm, ADMIN);
        scenario.snapshots.delete(vm, gone.id(), ADMIN).await();

        assertThat(scenario.snapshots.rebuild(vm, ADMIN).changed())
                .as("the lost store's copy still names it")
                .isFalse();

        assertThat(scenario.tree().snapshots()).extracting(Snapshot::id).containsExactly(kept.id());
    }

    private static Stream<UnaryOperator<Snapshot>> lies() {
        return Stream.of(
                s -> s.withVolumes(s.volumes().stream()
                        .map(volume -> volume.withSource("/etc/shadow"))
                        .toList()),
                s -> s.withVolumes(List.of()),
                s -> s.withLabels(s.labels().name("\u001b[2J")),
                s -> s.withLabels(s.labels().expiresAt(Optional.of(Instant.MAX))));
    }

    @ParameterizedTest
    @MethodSource("lies")
    void aCopyThatLiesIsNotBelieved(UnaryOperator<Snapshot> lie) {
        Snapshot taken = scenario.create("s");
        VmRecord record = scenario.datacenter.store().find(vm).orElseThrow();
        scenario.guest.disk("vda").removeBehindOurBack(taken.id());
        scenario.guest.disk("vdb").removeBehindOurBack(taken.id());
        scenario.datacenter
                .inImage()
                .publish(
                        record.tree().snapshots().get(0).volumes(),
                        new RecordsCopy(
                                Optional.of(scenario.datacenter.store().id()),
                                Instant.EPOCH,
                                record.withTree(SnapshotTree.empty(vm)),
                                Map.of()),
                        Set.of(taken.id()),
                        new TestCall(
                                scenario.datacenter.node("node-1").find(vm).orElseThrow(),
                                scenario.datacenter.node("node-1")));
        scenario.datacenter
                .inImage()
                .plant(new RecordsCopy(
                        Optional.of("hostile-store"),
                        scenario.datacenter.clock().instant(),
                        record.withTree(record.tree().replace(lie.apply(taken))).withRevision(Long.MAX_VALUE),
                        Map.of()));
        InMemoryStore empty = fresh();

        Rebuilt rebuilt = scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(rebuilt.added()).isEmpty();
        assertThat(empty.all()).isEmpty();
        assertThat(rebuilt.notices())
                .extracting(Notice::code)
                .containsAnyOf(Notice.Code.COPY_REFUSED, Notice.Code.SNAPSHOT_NOT_REBUILT);
    }

    @Test
    void aCopyCannotTakeTheSnapshotsOfAnotherVmOfTheStore() {
        Snapshot taken = scenario.create("s");
        VmRecord record = scenario.datacenter.store().find(vm).orElseThrow();
        VmId other = scenario.datacenter
                .node("node-1")
                .withVm("web-2")
                .with(scenario.datacenter
                        .node("node-1")
                        .find(vm)
                        .orElseThrow()
                        .disks()
                        .get(0))
                .power(PowerState.OFF)
                .id();
        Volume shared = taken.volumes().get(0);
        Snapshot stolen = new Snapshot(
                taken.id(),
                other,
                Optional.empty(),
                taken.labels(),
                taken.createdAt(),
                taken.createdBy(),
                taken.status(),
                taken.reason(),
                false,
                taken.power(),
                taken.node(),
                List.of(shared),
                taken.excluded(),
                taken.receipt());
        scenario.datacenter
                .inImage()
                .plant(new RecordsCopy(
                        Optional.of("hostile-store"),
                        Instant.EPOCH,
                        VmRecord.of(other)
                                .withTree(SnapshotTree.empty(other).grow(stolen))
                                .withRevision(record.revision()),
                        Map.of()));

        assertThat(scenario.snapshots.rebuild(other, ADMIN).added()).isEmpty();
        assertThat(scenario.snapshots.tree(other).isEmpty()).isTrue();
    }

    @Test
    void copiesWhoseSnapshotsStandOnEachOtherMakeNoCircle() {
        Snapshot one = scenario.create("one");
        Snapshot two = scenario.create("two");
        VmRecord record = scenario.datacenter.store().find(vm).orElseThrow();
        plant("store-a", record, one.withParent(Optional.empty()), two.withParent(Optional.of(one.id())));
        plant("store-b", record, two.withParent(Optional.empty()), one.withParent(Optional.of(two.id())));
        fresh();

        scenario.snapshots.rebuild(vm, ADMIN);

        assertThat(scenario.tree().roots()).hasSize(1);
        assertThat(scenario.tree().snapshots()).hasSize(2);
    }

    private void plant(String store, VmRecord record, Snapshot root, Snapshot leaf) {
        scenario.datacenter
                .inImage()
                .plant(new RecordsCopy(
                        Optional.of(store),
                        Instant.EPOCH,
                        record.withTree(SnapshotTree.of(vm, List.of(root, leaf), Optional.of(leaf.id()))),
                        Map.of()));
    }

    /** The store is lost: the next process finds an empty one. */
    private InMemoryStore fresh() {
        InMemoryStore store = new InMemoryStore(scenario.datacenter.clock());
        scenario.snapshots = scenario.engine(b -> b.store(store));
        return store;
    }
}
