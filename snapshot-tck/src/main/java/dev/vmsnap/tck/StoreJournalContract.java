package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.JournalEntry.Mark;
import dev.vmsnap.spi.Lease;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The journal. */
abstract class StoreJournalContract extends StoreLeasesContract {

    @Test
    @DisplayName("every field of an open entry comes back as it was, hostile texts too, over a restart")
    final void everyFieldOfAnEntryComesBack() throws Exception {
        Map<String, String> facts = new HashMap<>();
        HOSTILE.forEach(text -> facts.put(text, text));
        facts.put("empty", "");
        List<JournalEntry.Step> steps = Stream.of(Mark.values())
                .flatMap(mark -> HOSTILE.stream().map(text -> new JournalEntry.Step(text, text, mark)))
                .toList();
        List<SnapshotId> snapshots =
                IntStream.range(0, 12).mapToObj(i -> id((i * 7) % 12)).toList();
        JournalEntry full = new JournalEntry(
                HOSTILE.get(1),
                VM,
                Verb.DELETE_ALL,
                Actor.user("ada"),
                HOSTILE.get(3),
                Instant.parse("2026-11-22T10:11:12.123456789Z"),
                snapshots,
                steps.size(),
                steps,
                facts);
        JournalEntry bare = new JournalEntry(
                "op-bare",
                OTHER_VM,
                Verb.RECOVER,
                Actor.administrator("root"),
                "",
                full.startedAt().plusNanos(1),
                List.of(),
                0,
                List.of(),
                Map.of());

        store().open(full, lease(VM, full.operation()));
        store().open(bare, lease(OTHER_VM, "op-bare"));
        restart();

        assertThat(store().journal()).containsExactly(full, bare);
        assertThat(store().journal(VM)).containsExactly(full);
        assertThat(store().journal(OTHER_VM)).containsExactly(bare);
    }

    @Test
    @DisplayName("an entry of every verb can be opened")
    final void anEntryOfEveryVerbCanBeOpened() {
        Lease lease = lease(VM, "op");
        Instant startedAt = Instant.EPOCH;
        for (Verb verb : Verb.values()) {
            startedAt = startedAt.plusNanos(1);
            JournalEntry entry = new JournalEntry(
                    "op-" + verb, VM, verb, Actor.user("ada"), "", startedAt, List.of(), 0, List.of(), Map.of());
            store().open(entry, lease);
        }

        assertThat(store().journal(VM)).extracting(JournalEntry::verb).containsExactly(Verb.values());
    }

    @Test
    @DisplayName("open entries are read with the oldest first, of all VMs or of one")
    final void openEntriesAreReadWithTheOldestFirst() {
        Lease lease = lease(VM, "op");
        Lease other = lease(OTHER_VM, "op-other");
        Instant start = Instant.parse("2026-02-02T02:02:02Z");
        store().open(entry(VM, "a-third", start.plusNanos(2)), lease);
        store().open(entry(OTHER_VM, "b-second", start.plusNanos(1)), other);
        store().open(entry(VM, "c-first", start), lease);

        assertThat(store().journal())
                .extracting(JournalEntry::operation)
                .containsExactly("c-first", "b-second", "a-third");
        assertThat(store().journal(VM)).extracting(JournalEntry::operation).containsExactly("c-first", "a-third");
        assertThat(store().journal(OTHER_VM))
                .extracting(JournalEntry::operation)
                .containsExactly("b-second");
    }

    @Test
    @DisplayName("a mark is on its step and on no other, over a restart, and can be set again")
    final void aMarkIsOnItsStep() throws Exception {
        Lease lease = lease(VM, "op-1");
        store().open(entry(VM, "op-1"), lease);
        store().open(entry(VM, "op-2"), lease);

        store().mark("op-1", 1, Mark.STARTED, lease);
        restart();
        assertThat(store().journal(VM))
                .extracting(StoreLab::marks)
                .containsExactly(List.of(Mark.PLANNED, Mark.STARTED), List.of(Mark.PLANNED, Mark.PLANNED));

        store().mark("op-1", 1, Mark.DONE, lease);
        store().mark("op-1", 1, Mark.DONE, lease);
        store().mark("op-1", 0, Mark.UNDONE, lease);
        assertThat(marks(store().journal(VM).get(0))).containsExactly(Mark.UNDONE, Mark.DONE);
    }

    @Test
    @DisplayName("a fact is added to its entry, and a later one takes the place of one under the same key")
    final void aFactIsAddedToItsEntry() throws Exception {
        Lease lease = lease(VM, "op-1");
        store().open(entry(VM, "op-1"), lease);
        store().open(entry(VM, "op-2"), lease);

        store().note("op-1", "pid", "17", lease);
        store().note("op-1", "pid", "18", lease);
        store().note("op-1", "before", HOSTILE.get(2), lease);
        restart();

        assertThat(store().journal(VM))
                .extracting(JournalEntry::facts)
                .containsExactly(Map.of("pid", "18", "before", HOSTILE.get(2)), Map.of("before", "running"));
    }

    @Test
    @DisplayName("a closed entry is forgotten with all that belongs to it, and the others stay")
    final void aClosedEntryIsForgotten() throws Exception {
        Lease lease = lease(VM, "op-1");
        store().open(entry(VM, "op-1"), lease);
        store().open(entry(VM, "op-2"), lease);
        store().note("op-1", "k", "v", lease);

        store().close("op-1", lease);
        restart();

        assertThat(store().journal()).containsExactly(entry(VM, "op-2"));
        store().open(entry(VM, "op-1"), lease);
        assertThat(store().journal()).containsExactlyInAnyOrder(entry(VM, "op-1"), entry(VM, "op-2"));
    }

    @Test
    @DisplayName("closing an entry that is not open is success, also again")
    final void closingIsIdempotent() {
        Lease lease = lease(VM, "op-1");
        store().close("op-1", lease);
        store().open(entry(VM, "op-1"), lease);
        store().close("op-1", lease);
        store().close("op-1", lease);

        assertThat(store().journal()).isEmpty();
    }

    @Test
    @DisplayName("an operation that is open cannot be opened again, and stays as it is")
    final void anOpenOperationCannotBeOpenedAgain() {
        Lease lease = lease(VM, "op-1");
        store().open(entry(VM, "op-1"), lease);
        store().mark("op-1", 0, Mark.DONE, lease);
        List<JournalEntry> before = store().journal();

        assertFails(Reason.CONFLICT, () -> store().open(entry(VM, "op-1"), lease));
        assertThat(store().journal()).isEqualTo(before);
    }

    @Test
    @DisplayName("marks and facts for an entry or a step that is not there are refused with MISSING")
    final void marksAndFactsForWhatIsNotThereAreRefused() {
        Lease lease = lease(VM, "op-1");
        store().open(entry(VM, "op-1"), lease);

        assertFails(Reason.MISSING, () -> store().mark("op-1", 2, Mark.DONE, lease));
        assertFails(Reason.MISSING, () -> store().mark("op-1", -1, Mark.DONE, lease));
        assertFails(Reason.MISSING, () -> store().mark("op-9", 0, Mark.DONE, lease));
        assertFails(Reason.MISSING, () -> store().note("op-9", "k", "v", lease));
        assertThat(store().journal()).containsExactly(entry(VM, "op-1"));
    }

    @Test
    @DisplayName("the lease on one VM gives no right to another VM's entries")
    final void aLeaseGivesNoRightToAnotherVmsEntries() {
        store().open(entry(VM, "op-1"), lease(VM, "op-1"));
        Lease other = lease(OTHER_VM, "op-2");

        assertFails(Reason.MISSING, () -> store().mark("op-1", 0, Mark.DONE, other));
        assertFails(Reason.MISSING, () -> store().note("op-1", "k", "v", other));
        store().close("op-1", other);
        assertThat(store().journal()).containsExactly(entry(VM, "op-1"));
    }

    @Test
    @DisplayName("a store can be closed twice")
    final void aStoreCanBeClosedTwice() {
        store().close();
        store().close();
    }
}
