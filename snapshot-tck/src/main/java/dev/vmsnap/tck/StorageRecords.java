package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.testkit.TestCall;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The copy of the records that a storage driver keeps beside the volumes. */
abstract class StorageRecords extends StorageTruths {
    private static final String OTHER = "other-store";

    @Test
    @DisplayName("publish: what is kept beside the volumes names every snapshot and its configuration")
    final void whatIsPublishedNamesEverySnapshot() {
        List<Volume> volumes = twoVolumes();

        publish(volumes, recordOf(VM, volumes, FIRST, SECOND));

        assertThat(lab().published(VM).orElse(""))
                .contains("first", "name of first", "second", "name of second")
                .contains("configuration of first", "configuration of second");
    }

    @Test
    @DisplayName("publish: a later record takes the place of the earlier one")
    final void aLaterRecordTakesThePlaceOfTheEarlierOne() {
        List<Volume> volumes = twoVolumes();
        publish(volumes, recordOf(VM, volumes, FIRST, SECOND));

        publish(volumes, recordOf(VM, volumes, SECOND));

        assertThat(lab().published(VM).orElse("")).contains("name of second").doesNotContain("name of first");
    }

    @Test
    @DisplayName("publish: an empty tree takes it away, as often as it is asked")
    final void anEmptyTreeTakesItAway() {
        List<Volume> volumes = twoVolumes();
        publish(volumes, recordOf(VM, volumes, FIRST));

        for (int i = 0; i < REPEATS; i++) {
            publish(volumes, recordOf(VM, volumes));
        }

        assertThat(lab().published(VM)).isEmpty();
        assertNoTraces();
    }

    @Test
    @DisplayName("publish: a VM whose id is as long as can be")
    final void aVmWhoseIdIsAsLongAsCanBe() {
        VmId longest = VmId.of("v".repeat(128));
        List<Volume> volumes = List.of(newVolume("vda", "v1"));

        publish(volumes, recordOf(longest, volumes, FIRST));

        assertThat(lab().published(longest)).isPresent();
    }

    @Test
    @DisplayName("publish: the copy of another store stays as it is")
    final void theCopyOfAnotherStoreStays() {
        List<Volume> volumes = twoVolumes();
        RecordsCopy theirs = copyOf(OTHER, recordOf(VM, volumes, FIRST));
        requireReadable();
        publish(volumes, theirs, Set.of());

        publish(volumes, recordOf(VM, volumes, SECOND));

        assertThat(kept(volumes))
                .containsExactlyInAnyOrder(kept(theirs), kept(copyOf(TestCall.STORE, recordOf(VM, volumes, SECOND))));
    }

    @Test
    @DisplayName("publish: an empty tree leaves the copy of another store")
    final void anEmptyTreeLeavesTheCopyOfAnotherStore() {
        List<Volume> volumes = twoVolumes();
        RecordsCopy theirs = copyOf(OTHER, recordOf(VM, volumes, FIRST));
        requireReadable();
        publish(volumes, theirs, Set.of());

        for (int i = 0; i < REPEATS; i++) {
            publish(volumes, recordOf(VM, volumes));
        }

        assertThat(kept(volumes)).containsExactly(kept(theirs));
    }

    @Test
    @DisplayName("publish: a copy of a higher revision is kept")
    final void aCopyOfAHigherRevisionIsKept() {
        List<Volume> volumes = twoVolumes();
        RecordsCopy newer =
                copyOf(TestCall.STORE, recordOf(VM, volumes, FIRST, SECOND).withRevision(7));
        RecordsCopy older = copyOf(TestCall.STORE, recordOf(VM, volumes, FIRST).withRevision(3));
        requireReadable();
        publish(volumes, newer, Set.of());

        for (int i = 0; i < REPEATS; i++) {
            publish(volumes, older, Set.of());
        }

        assertThat(kept(volumes)).containsExactlyInAnyOrder(kept(newer), kept(older));
    }

    @Test
    @DisplayName("publish: a copy that names a snapshot which is still there, and which the new one does not, is kept")
    final void aCopyThatNamesASnapshotWhichIsStillThereIsKept() {
        List<Volume> volumes = twoVolumes();
        cut(volumes, FIRST);
        RecordsCopy before = copyOf(TestCall.STORE, recordOf(VM, volumes, FIRST).withRevision(1));
        RecordsCopy after = copyOf(TestCall.STORE, recordOf(VM, volumes, SECOND).withRevision(2));
        requireReadable();
        publish(volumes, before, Set.of());

        publish(volumes, after, Set.of());

        assertThat(kept(volumes)).containsExactlyInAnyOrder(kept(before), kept(after));
        publish(volumes, after, Set.of(FIRST));
        assertThat(kept(volumes)).containsExactly(kept(after));
    }

    @Test
    @DisplayName("published: returns everything that was published")
    final void everythingThatWasPublishedIsReturned() {
        List<Volume> volumes = twoVolumes();
        requireReadable();
        VmRecord record = recordOf(VM, volumes, FIRST, SECOND)
                .withRevision(5)
                .seen("name of the VM", "lab")
                .withLeftovers(List.of(new VmRecord.Leftover(THIRD, volumes.get(1), "it was away")));
        RecordsCopy copy = copyOf(TestCall.STORE, record);

        publish(volumes, copy, Set.of());
        lab().reopen();

        assertThat(published(volumes, VM)).containsExactly(copy);
    }

    @Test
    @DisplayName("published: returns no copy of another VM")
    final void noCopyOfAnotherVmIsReturned() {
        List<Volume> volumes = twoVolumes();
        requireReadable();
        publish(volumes, recordOf(VmId.of("contract-vm.2"), volumes, FIRST));

        assertThat(published(volumes, VM)).isEmpty();
    }

    @Test
    @DisplayName("supersede: removes the copy of a named store whose snapshots are all named or dropped, and no other")
    final void aCopyThatWasTakenInIsRemoved() {
        List<Volume> volumes = twoVolumes();
        RecordsCopy lost = copyOf(OTHER, recordOf(VM, volumes, FIRST, SECOND));
        RecordsCopy another = copyOf("third-store", recordOf(VM, volumes, FIRST));
        RecordsCopy ours = copyOf(TestCall.STORE, recordOf(VM, volumes, FIRST));
        requireReadable();
        publish(volumes, lost, Set.of());
        publish(volumes, another, Set.of());
        publish(volumes, ours, Set.of());

        for (int i = 0; i < REPEATS; i++) {
            supersede(volumes, ours, Set.of(SECOND));
        }

        assertThat(kept(volumes)).containsExactlyInAnyOrder(kept(another), kept(ours));
    }

    @Test
    @DisplayName("supersede: keeps a copy that names a snapshot or a leftover which is neither named nor dropped")
    final void aCopyThatKnowsMoreStays() {
        List<Volume> volumes = twoVolumes();
        RecordsCopy lost = copyOf(OTHER, recordOf(VM, volumes, FIRST, SECOND));
        RecordsCopy ours = copyOf(TestCall.STORE, recordOf(VM, volumes, FIRST).withRevision(9));
        requireReadable();
        publish(volumes, lost, Set.of());
        publish(volumes, ours, Set.of());

        supersede(volumes, ours, Set.of(THIRD));

        assertThat(kept(volumes)).containsExactlyInAnyOrder(kept(lost), kept(ours));
        RecordsCopy left = copyOf(
                OTHER,
                recordOf(VM, volumes, FIRST)
                        .withRevision(1)
                        .withLeftovers(List.of(new VmRecord.Leftover(THIRD, volumes.get(0), "it was away"))));
        publish(volumes, left, Set.of(SECOND));
        supersede(volumes, ours, Set.of(SECOND));
        assertThat(kept(volumes)).containsExactlyInAnyOrder(kept(left), kept(ours));
    }

    /**
     * Tells copies apart.
     *
     * @param store whose
     * @param record of the VM
     */
    private record Kept(Optional<String> store, VmRecord record) {}

    private static Kept kept(RecordsCopy copy) {
        return new Kept(copy.store(), copy.record());
    }

    private List<Kept> kept(List<Volume> volumes) {
        return published(volumes, VM).stream().map(StorageRecords::kept).toList();
    }

    private void requireReadable() {
        assumeTrue(driver().traits().contains(Trait.REBUILD), "the driver does not claim to return copies of records");
    }

    private void supersede(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped) {
        ((StorageDriver.Rebuilding) driver())
                .supersede(
                        volumes,
                        copy,
                        Set.of(OTHER),
                        dropped,
                        new TestCall(descriptionOf(VM, volumes), lab().hypervisor()));
    }

    private List<RecordsCopy> published(List<Volume> volumes, VmId vm) {
        StorageDriver.Rebuilding rebuilding = (StorageDriver.Rebuilding) driver();
        RecordsCopy.Found found =
                rebuilding.published(volumes, new TestCall(descriptionOf(vm, volumes), lab().hypervisor()));
        assertThat(found.unreadable()).as("the copies that cannot be read").isEmpty();
        return found.copies();
    }
}
