package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the contract of a store needs around it: the store, a clock, and things to put in. */
@ExtendWith(ConformanceReport.class)
abstract class StoreLab {
    static final VmId VM = VmId.of("11111111-aaaa-4bbb-8ccc-000000000001");
    static final VmId OTHER_VM = VmId.of("11111111-aaaa-4bbb-8ccc-000000000002");
    static final Duration MINUTE = Duration.ofMinutes(1);
    static final VmConfiguration CONFIGURATION = new VmConfiguration("<domain/>", "<domain id='1'/>");

    /** Texts that a careless store would change, cut or obey. */
    static final List<String> HOSTILE = List.of(
            "it's \"quoted\" `twice` \\ \\\\ %s ? :name $1",
            "'; DROP TABLE snapshot; --",
            "first line\nsecond line\r\n\tthird line",
            "Gr\u00fc\u00dfe \u4f60\u597d \ud83d\udca5 \ud840\udc00 e\u0301",
            "$(reboot) `reboot` ; & | > /dev/null",
            "]]> &xxe; <!-- ../../x -->",
            " blanks around ",
            "null",
            "x".repeat(4096));

    final LabClock clock = new LabClock();

    @SuppressWarnings("NullAway.Init")
    private SnapshotStore store;

    /**
     * Opens a store that has nothing in it.
     *
     * @param time tells when leases end
     * @return the store, which the contract closes
     * @throws Exception to fail the test
     */
    protected abstract SnapshotStore openStore(Clock time) throws Exception;

    /**
     * Closes a store and opens it again, as the next start of a process would.
     *
     * @param open what {@link #openStore} or this method returned
     * @param time tells when leases end
     * @return the store with all that it held; one that is documented to be for tests may hand back itself
     * @throws Exception to fail the test
     */
    protected abstract SnapshotStore reopen(SnapshotStore open, Clock time) throws Exception;

    /**
     * Makes what a store keeps of a VM unreadable, behind the back of the store: an unknown word or a parent that is not
     * there, for example.
     *
     * @param open what {@link #openStore} or {@link #reopen} returned
     * @param vm a VM whose record was saved, with one snapshot
     * @throws Exception to fail the test
     */
    protected abstract void damage(SnapshotStore open, VmId vm) throws Exception;

    @BeforeEach
    final void openTheStore() throws Exception {
        store = openStore(clock);
    }

    @AfterEach
    final void closeTheStore() {
        store.close();
    }

    final SnapshotStore store() {
        return store;
    }

    final void restart() throws Exception {
        store = reopen(store, clock);
    }

    final Lease lease(VmId vm, String operation) {
        return lease(vm, "process-of-" + operation, operation);
    }

    final Lease lease(VmId vm, String owner, String operation) {
        return store.acquire(vm, owner, Verb.CREATE, operation, MINUTE, other -> false);
    }

    static SnapshotId id(int number) {
        return SnapshotId.of("s" + number);
    }

    static Snapshot snapshot(VmId vm, int number, Optional<SnapshotId> parent) {
        return new Snapshot(
                id(number),
                vm,
                parent,
                Snapshot.Labels.named("snapshot " + number),
                Instant.parse("2026-01-01T00:00:00.000000001Z").plusSeconds(number),
                Actor.user("ada"),
                Snapshot.Status.CREATING,
                Optional.empty(),
                false,
                PowerState.RUNNING,
                "node-1",
                List.of(new Volume("vda", "/disks/a.qcow2", "qcow2", StorageKind.FILE, "file", OptionalLong.of(1))),
                Set.of(),
                Optional.empty());
    }

    /** A record of a VM with a line of snapshots, each below the one before, the marker at the last. */
    static VmRecord line(VmId vm, int... numbers) {
        SnapshotTree tree = SnapshotTree.empty(vm);
        for (int number : numbers) {
            tree = tree.grow(snapshot(vm, number, tree.current())).moveCurrent(Optional.of(id(number)));
        }
        return VmRecord.of(vm).seen("guest", "node-1").withTree(tree);
    }

    static JournalEntry entry(VmId vm, String operation, Instant startedAt) {
        return new JournalEntry(
                operation,
                vm,
                Verb.DELETE,
                Actor.administrator("root"),
                "node-1",
                startedAt,
                List.of(id(1)),
                1,
                List.of(
                        new JournalEntry.Step("cut", "file", JournalEntry.Mark.PLANNED),
                        new JournalEntry.Step("commit", "", JournalEntry.Mark.PLANNED)),
                Map.of("before", "running"));
    }

    static JournalEntry entry(VmId vm, String operation) {
        return entry(vm, operation, Instant.parse("2026-02-02T02:02:02.222222222Z"));
    }

    static List<JournalEntry.Mark> marks(JournalEntry entry) {
        return entry.steps().stream().map(JournalEntry.Step::mark).toList();
    }

    static void assertFails(DriverException.Reason reason, ThrowingCallable call) {
        DriverException failure = catchThrowableOfType(DriverException.class, call);
        assertThat(failure).as("the failure").isNotNull();
        assertThat(failure.reason()).as(failure.toString()).isEqualTo(reason);
        assertThat(failure).hasMessageMatching("(?s).{10,}");
    }

    /** Runs all of them at one time, each in an own thread, and returns their results in the same order. */
    static <T> List<T> together(List<Callable<T>> calls) throws Exception {
        CyclicBarrier start = new CyclicBarrier(calls.size());
        ExecutorService threads = Executors.newFixedThreadPool(calls.size());
        try {
            List<Future<T>> futures = calls.stream()
                    .map(call -> threads.submit(() -> {
                        start.await(1, TimeUnit.MINUTES);
                        return call.call();
                    }))
                    .toList();
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get(2, TimeUnit.MINUTES));
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }
}
