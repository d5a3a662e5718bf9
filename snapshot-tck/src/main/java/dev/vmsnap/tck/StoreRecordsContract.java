package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.StoreException;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The records of VMs. */
abstract class StoreRecordsContract extends StoreLab {
    private static final String[] TIMES = {
        "2026-11-22T10:11:12.123456789Z",
        "1969-12-31T23:59:59.999999999Z",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00.000000001Z",
        "9999-12-31T23:59:59.999999999Z"
    };

    @Test
    @DisplayName("the id is there from the beginning and outlives a restart")
    final void theIdOutlivesARestart() throws Exception {
        String id = store().id();

        assertThat(id).matches("[a-z0-9-]{8,40}").isEqualTo(store().id());
        restart();
        assertThat(store().id()).isEqualTo(id);
    }

    @Test
    @DisplayName("a VM that was never saved has no record")
    final void aVmThatWasNeverSavedHasNoRecord() {
        assertThat(store().find(VM)).isEmpty();
        assertThat(store().all()).isEmpty();
        assertThat(store().configurations(VM)).isEmpty();
    }

    @Test
    @DisplayName("a save returns the record with the next revision, which is what is read from then on")
    final void aSaveReturnsWhatIsReadFromThenOn() {
        VmRecord first = store().save(line(VM, 1));
        VmRecord second = store().save(first.seen("renamed", "node-2"));

        assertThat(first).isEqualTo(line(VM, 1).withRevision(1));
        assertThat(second).isEqualTo(first.seen("renamed", "node-2").withRevision(2));
        assertThat(store().find(VM)).contains(second);
    }

    @Test
    @DisplayName("every field of a record comes back as it was, over a restart")
    final void everyFieldOfARecordComesBack() throws Exception {
        VmRecord full = everything();

        VmRecord saved = store().save(full);
        restart();

        assertThat(saved).isEqualTo(full.withRevision(1));
        assertThat(store().find(VM)).contains(saved);
        assertThat(store().all()).containsExactly(saved);
    }

    @Test
    @DisplayName("what a record leaves empty comes back empty")
    final void whatARecordLeavesEmptyComesBackEmpty() {
        VmRecord saved = store().save(VmRecord.of(VM));

        assertThat(store().find(VM)).contains(saved).contains(VmRecord.of(VM).withRevision(1));
    }

    @Test
    @DisplayName("hostile texts come back unchanged from every field that holds text")
    final void hostileTextsComeBackUnchanged() {
        VmRecord record = VmRecord.of(VM);
        for (String text : HOSTILE) {
            VmRecord given = hostile(text, record.revision());
            record = store().save(given);

            assertThat(store().find(VM)).contains(record).contains(given.withRevision(record.revision()));
        }
        assertThat(record.revision()).isEqualTo(HOSTILE.size());
    }

    @Test
    @DisplayName("all records are read in the order of their VMs, each with its own tree")
    final void allRecordsAreReadInTheOrderOfTheirVms() {
        List<VmRecord> saved = new ArrayList<>();
        List<String> names = List.of("B", "a-2", "a", "9", "a:1", "A");
        for (int i = 0; i < names.size(); i++) {
            saved.add(store().save(line(VmId.of(names.get(i)), 10 * i, 10 * i + 1)));
        }

        assertThat(store().all())
                .extracting(stored -> stored.sound().orElseThrow().vm().value())
                .containsExactly("9", "A", "B", "a", "a-2", "a:1");
        assertThat(store().all()).containsAll(saved);
    }

    @Test
    @DisplayName("a record that cannot be read is named, fails to be read, and keeps no other from being read or saved")
    final void aDamagedRecordIsItsVmsTroubleAlone() throws Exception {
        store().save(line(VM, 1));
        VmRecord other = store().save(line(OTHER_VM, 2));

        damage(store(), VM);

        assertThat(store().all()).hasSize(2).contains(other);
        assertThat(store().damaged()).singleElement().satisfies(damaged -> {
            assertThat(damaged.vm()).contains(VM);
            assertThat(damaged.why()).contains(VM.value());
        });
        assertThat(store().all()).containsAll(store().damaged());
        assertThat(store().damaged(VM)).isEqualTo(store().damaged());
        assertThat(store().damaged(OTHER_VM)).isEmpty();
        assertDamaged(() -> store().find(VM));
        assertThat(store().find(OTHER_VM)).contains(other);
        VmRecord next = store().save(other.seen("renamed", "node-2"));
        assertThat(store().all()).contains(next);
    }

    @Test
    @DisplayName("a record that cannot be read can be forgotten, and saved anew")
    final void aDamagedRecordCanBeForgotten() throws Exception {
        store().save(line(VM, 1));
        damage(store(), VM);

        store().forget(lease(VM, "op-1"));

        assertThat(store().all()).isEmpty();
        assertThat(store().damaged()).isEmpty();
        VmRecord anew = store().save(line(VM, 1));
        assertThat(store().find(VM)).contains(anew);
    }

    private static void assertDamaged(ThrowingCallable call) {
        StoreException failure = catchThrowableOfType(StoreException.class, call);
        assertThat(failure).as("the failure").isNotNull();
        assertThat(failure.problem()).isEqualTo(StoreException.Problem.RECORD_DAMAGED);
    }

    @Test
    @DisplayName("a saved tree takes the place of the one before: grown, changed, pruned, moved")
    final void aSavedTreeTakesThePlaceOfTheOneBefore() {
        VmRecord record = store().save(line(VM, 1, 2, 3));

        SnapshotTree pruned = record.tree().prune(List.of(id(2)));
        Snapshot root = pruned.find(id(1)).orElseThrow();
        Volume volume = new Volume("vdb", "vg/lv", "raw", StorageKind.LOCAL_LVM, "lvm", OptionalLong.empty());
        SnapshotTree changed = pruned.replace(root.unavailable(Snapshot.Reason.NO_SPACE))
                .replace(pruned.find(id(3))
                        .orElseThrow()
                        .completed(
                                List.of(volume),
                                new Snapshot.Receipt(
                                        Snapshot.Consistency.CRASH, Duration.ZERO, Duration.ZERO, 0, "", List.of("n"))))
                .grow(snapshot(VM, 4, Optional.of(id(1))))
                .moveCurrent(Optional.of(id(4)));
        VmRecord saved = store().save(record.withTree(changed));
        VmRecord emptied = saved.withTree(SnapshotTree.empty(VM));

        assertThat(store().find(VM)).contains(saved);
        assertThat(saved.tree()).isEqualTo(changed);
        assertThat(store().find(VM).map(VmRecord::tree)).contains(changed);
        assertThat(store().save(emptied).tree().isEmpty()).isTrue();
        assertThat(store().find(VM).orElseThrow().tree()).isEqualTo(SnapshotTree.empty(VM));
    }

    @Test
    @DisplayName("a record that somebody else saved meanwhile is refused with CONFLICT and stays as it is")
    final void aRecordThatSomebodyElseSavedMeanwhileIsRefused() {
        VmRecord read = store().save(line(VM, 1));
        VmRecord theirs = store().save(read.seen("theirs", "node-1"));
        Lease lease = lease(VM, "op-1");

        assertFails(Reason.CONFLICT, () -> store().save(read.seen("ours", "node-1")));
        assertFails(Reason.CONFLICT, () -> store().save(read.withTree(SnapshotTree.empty(VM)), lease));
        assertFails(Reason.CONFLICT, () -> store().save(theirs.withRevision(theirs.revision() + 1)));
        assertThat(store().find(VM)).contains(theirs);
    }

    @Test
    @DisplayName("revision 0 is only for a VM that has no record, and another revision only for one that has")
    final void revisionZeroIsOnlyForAVmThatHasNoRecord() {
        VmRecord saved = store().save(line(VM, 1));

        assertFails(Reason.CONFLICT, () -> store().save(line(VM, 2)));
        assertFails(Reason.CONFLICT, () -> store().save(line(OTHER_VM, 3).withRevision(1)));
        assertThat(store().all()).containsExactly(saved);
    }

    @Test
    @DisplayName("leftovers come back in their order, over a restart, and go when they are saved no more")
    final void leftoversComeBackInTheirOrder() throws Exception {
        VmRecord record = store().save(line(VM, 1).withLeftovers(List.of(leftover("b"), leftover("a"), leftover("b"))));

        restart();
        assertThat(store().find(VM)).contains(record);
        VmRecord pruned = store().save(record.withTree(SnapshotTree.empty(VM)));
        assertThat(store().find(VM).orElseThrow().leftovers())
                .as("when the tree is empty")
                .containsExactly(leftover("b"), leftover("a"), leftover("b"));
        store().save(pruned.withLeftovers(List.of(leftover("a"))));

        assertThat(store().find(VM).orElseThrow().leftovers()).containsExactly(leftover("a"));
    }

    @Test
    @DisplayName("the chain of a volume comes back, and one that is not known is told from one that is empty")
    final void theChainOfAVolumeComesBack() throws Exception {
        List<Volume> volumes =
                IntStream.range(0, 4).mapToObj(StoreRecordsContract::onChain).toList();
        SnapshotTree tree = line(VM, 1).tree();
        Snapshot snapshot = tree.find(id(1)).orElseThrow();
        Snapshot.Receipt receipt =
                new Snapshot.Receipt(Snapshot.Consistency.CRASH, Duration.ZERO, Duration.ZERO, 0, "", List.of());

        store().save(VmRecord.of(VM).withTree(tree.replace(snapshot.completed(volumes, receipt))));
        restart();

        assertThat(store().find(VM)
                        .orElseThrow()
                        .tree()
                        .find(id(1))
                        .orElseThrow()
                        .volumes())
                .isEqualTo(volumes);
    }

    @Test
    @DisplayName("the owner of a snapshot is the VM whose saved tree has it, and nobody owns what no tree has")
    final void theOwnerOfASnapshotIsTheVmWhoseTreeHasIt() throws Exception {
        VmRecord record = store().save(line(VM, 1, 2));
        store().save(line(OTHER_VM, 3).withLeftovers(List.of(leftover("77"))));

        restart();
        assertThat(store().owner(id(1))).contains(VM);
        assertThat(store().owner(id(2))).contains(VM);
        assertThat(store().owner(id(3))).contains(OTHER_VM);
        assertThat(store().owner(id(4))).as("what never was").isEmpty();
        assertThat(store().owner(id(77))).as("what is left of a deleted one").isEmpty();

        store().save(record.withTree(record.tree().prune(List.of(id(2)))));
        assertThat(store().owner(id(2))).as("what was pruned").isEmpty();
        assertThat(store().owner(id(1))).contains(VM);
    }

    private static Volume onChain(int kind) {
        return new Volume(
                "vd" + kind,
                "/disks/" + kind,
                "qcow2",
                StorageKind.FILE,
                "file",
                OptionalLong.of(1),
                Optional.empty(),
                chain(kind));
    }

    @Test
    @DisplayName("16 threads that read, change and save one record lose no change")
    final void sixteenThreadsLoseNoChange() throws Exception {
        store().save(VmRecord.of(VM)
                .withSettings(Optional.empty(), SettingsChoice.open().limit(0)));
        Callable<Integer> work = () -> {
            int done = 0;
            while (done < 10) {
                VmRecord read = store().find(VM).orElseThrow();
                int limit = read.choice().limit().orElseThrow();
                try {
                    store().save(read.withSettings(
                            Optional.empty(), read.choice().limit(limit + 1)));
                    done++;
                } catch (DriverException e) {
                    assertThat(e.reason()).isEqualTo(Reason.CONFLICT);
                }
            }
            return done;
        };

        together(Collections.nCopies(16, work));

        VmRecord result = store().find(VM).orElseThrow();
        assertThat(result.choice().limit()).contains(160);
        assertThat(result.revision()).isEqualTo(161);
    }

    private static VmRecord hostile(String text, long revision) {
        String line = "x" + text.replaceAll("\\p{Cntrl}", " ").substring(0, Math.min(text.length(), 250));
        Volume volume = new Volume(
                text,
                text,
                text,
                StorageKind.OTHER,
                text,
                OptionalLong.empty(),
                Optional.of(text),
                Optional.of(new Chain(List.of(new Chain.Layer(text, text, 7, text)))));
        Snapshot snapshot = new Snapshot(
                id(1),
                VM,
                Optional.empty(),
                new Snapshot.Labels(text, text, Map.of(text, text), Optional.of(Instant.MAX)),
                Instant.EPOCH,
                Actor.user(line),
                Snapshot.Status.AVAILABLE,
                Optional.empty(),
                true,
                PowerState.PAUSED,
                text,
                List.of(volume),
                Set.of(text),
                Optional.of(new Snapshot.Receipt(
                        Snapshot.Consistency.RAM, Duration.ZERO, Duration.ZERO, 1, text, List.of(text, text))));
        return new VmRecord(
                VM,
                revision,
                text,
                Optional.of(text),
                Optional.of(text),
                SettingsChoice.open(),
                SnapshotTree.of(VM, List.of(snapshot), Optional.empty()),
                List.of(leftover(text)));
    }

    /** A tree in which every value of every enum, both ends of every number and deep times stand somewhere. */
    private static VmRecord everything() {
        List<Snapshot> snapshots = new ArrayList<>();
        for (Snapshot.Status status : Snapshot.Status.values()) {
            List<Optional<Snapshot.Reason>> reasons = status == Snapshot.Status.UNAVAILABLE
                    ? Arrays.stream(Snapshot.Reason.values()).map(Optional::of).toList()
                    : List.of(Optional.empty());
            for (Optional<Snapshot.Reason> reason : reasons) {
                snapshots.add(varied(snapshots.size(), status, reason));
            }
        }
        return new VmRecord(
                VM,
                0,
                "name",
                Optional.of("node-2"),
                Optional.of("template"),
                new SettingsChoice(
                        Optional.of(false),
                        Optional.of(0),
                        Optional.of(true),
                        Optional.of(false),
                        Optional.of(Long.MAX_VALUE)),
                SnapshotTree.of(VM, snapshots, Optional.of(id(3))),
                List.of(leftover("away"), leftover("in use")));
    }

    private static VmRecord.Leftover leftover(String text) {
        Volume volume = new Volume(
                text, text, text, StorageKind.NAS, text, OptionalLong.empty(), Optional.of(text), Optional.empty());
        return new VmRecord.Leftover(id(77), volume, text);
    }

    /** None known, known to be none, one layer, two layers. */
    private static Optional<Chain> chain(int kind) {
        return kind == 0
                ? Optional.empty()
                : Optional.of(new Chain(IntStream.range(1, kind)
                        .mapToObj(i -> new Chain.Layer("/base/" + i, "qcow2", i, i % 2 == 0 ? "" : "9@9"))
                        .toList()));
    }

    private static Snapshot varied(int i, Snapshot.Status status, Optional<Snapshot.Reason> reason) {
        List<Volume> volumes = IntStream.range(0, i * 2)
                .mapToObj(n -> new Volume(
                        "vd" + n,
                        "/disks/" + (i * 31 + n * 17) % 97,
                        "qcow2",
                        at(StorageKind.values(), i + n),
                        "file",
                        n % 3 == 0 ? OptionalLong.empty() : OptionalLong.of(n % 3 == 1 ? 0 : Long.MAX_VALUE),
                        n % 2 == 0 ? Optional.empty() : Optional.of("server:/export " + n),
                        chain(n % 4)))
                .toList();
        Snapshot.Receipt receipt = new Snapshot.Receipt(
                at(Snapshot.Consistency.values(), i),
                at(
                        new Duration[] {
                            Duration.ZERO,
                            Duration.ofNanos(27_123_456),
                            Duration.ofDays(400).plusNanos(1)
                        },
                        i),
                Duration.ofNanos(i),
                i % 2 == 0 ? Long.MAX_VALUE : 0,
                i % 2 == 0 ? "" : "hypervisor " + i,
                IntStream.range(0, i * 2).mapToObj(n -> "note " + (n * 7) % 13).toList());
        return new Snapshot(
                id(i),
                VM,
                i < 2 ? Optional.empty() : Optional.of(id(i / 2)),
                new Snapshot.Labels(
                        "name " + i,
                        i % 2 == 0 ? "" : "comment",
                        i % 3 == 0 ? Map.of() : Map.of("a", "" + i, "b", ""),
                        i % 4 == 0 ? Optional.empty() : Optional.of(Instant.parse(at(TIMES, i + 1)))),
                Instant.parse(at(TIMES, i)),
                new Actor(at(Actor.Role.values(), i), "ada"),
                status,
                reason,
                i % 2 == 0,
                at(PowerState.values(), i),
                "node-" + i,
                volumes,
                i % 3 == 1 ? Set.of("vdy", "vdz") : Set.of(),
                i % 5 == 4 ? Optional.empty() : Optional.of(receipt));
    }

    private static <T> T at(T[] values, int i) {
        return values[i % values.length];
    }
}
