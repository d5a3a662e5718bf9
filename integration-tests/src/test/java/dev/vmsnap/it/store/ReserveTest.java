package dev.vmsnap.it.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Actor;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.JournalEntry.Mark;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With the store on a file system without a free byte, VMs are listed and snapshots deleted all the same. */
final class ReserveTest {
    private static final int DELETIONS = 25;
    private static final int STEPS = 20;
    private static final int HELD = 64;
    private static final int RENEWALS = 500;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneDeletionAfterTheOtherEachInAStoreThatWasOpenedAnew(boolean inMemory) throws Exception {
        try (LoopDisk disk = inMemory ? LoopDisk.inMemory(directory, 16) : LoopDisk.mounted(directory, 16)) {
            Path file = disk.path().resolve("snapshots.db");
            try (JdbcStore store = JdbcStore.sqlite(file)) {
                IntStream.range(0, DELETIONS).forEach(i -> store.save(VmRecord.of(vm(i))));
            }
            for (int i = 0; i < DELETIONS; i++) {
                disk.fill();
                try (JdbcStore store = JdbcStore.sqlite(file)) {
                    assertThat(store.all()).hasSize(DELETIONS - i);
                    delete(store, vm(i));
                }
            }
            disk.free();
            try (JdbcStore store = JdbcStore.sqlite(file)) {
                assertThat(store.all()).isEmpty();
                assertThat(store.journal()).isEmpty();
            }
            assertThat(Files.size(file.resolveSibling("snapshots.db-reserve"))).isEqualTo(2 << 20);
        }
    }

    @Test
    void aStoreThatIsOpenGoesOnWhenTheDiskRunsFull() throws Exception {
        try (LoopDisk disk = LoopDisk.mounted(directory, 16)) {
            try (JdbcStore store = JdbcStore.sqlite(disk.path().resolve("snapshots.db"))) {
                IntStream.range(0, DELETIONS).forEach(i -> store.save(VmRecord.of(vm(i))));
                disk.fill();
                IntStream.range(0, DELETIONS).forEach(i -> delete(store, vm(i)));
                assertThat(store.all()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void leasesAreRenewedForAsLongAsTheDiskIsFull(boolean inMemory) throws Exception {
        try (LoopDisk disk = inMemory ? LoopDisk.inMemory(directory, 16) : LoopDisk.mounted(directory, 16);
                JdbcStore store = JdbcStore.sqlite(disk.path().resolve("snapshots.db"))) {
            List<Lease> leases = IntStream.range(0, HELD)
                    .mapToObj(i -> store.acquire(
                            vm(i), "owner", Verb.CREATE, "create-" + i, Duration.ofMinutes(1), other -> false))
                    .toList();
            disk.fill();

            for (int round = 1; round <= RENEWALS; round++) {
                assertThat(store.renewAll(leases, Duration.ofMinutes(round))).isEmpty();
            }

            assertThat(store.leases()).hasSize(HELD).allSatisfy(lease -> assertThat(lease.until())
                    .isAfter(Instant.now().plus(Duration.ofMinutes(RENEWALS - 1))));
        }
    }

    /** What the engine writes for a deletion. */
    private static void delete(JdbcStore store, VmId vm) {
        String operation = "delete-" + vm;
        Lease lease = store.acquire(vm, "owner", Verb.DELETE_ALL, operation, Duration.ofMinutes(1), other -> true);
        List<JournalEntry.Step> steps = IntStream.range(0, STEPS)
                .mapToObj(i -> new JournalEntry.Step("DELETE", "s" + i, Mark.PLANNED))
                .toList();
        store.open(
                new JournalEntry(
                        operation,
                        vm,
                        Verb.DELETE_ALL,
                        Actor.administrator("ada"),
                        "node-1",
                        Instant.parse("2026-11-22T10:11:12Z"),
                        List.of(),
                        0,
                        steps,
                        Map.of()),
                lease);
        for (int i = 0; i < STEPS; i++) {
            store.mark(operation, i, Mark.STARTED, lease);
            store.mark(operation, i, Mark.DONE, lease);
        }
        store.forget(lease);
        store.close(operation, lease);
        store.release(lease);
    }

    private static VmId vm(int number) {
        return VmId.of("vm-" + number);
    }
}
