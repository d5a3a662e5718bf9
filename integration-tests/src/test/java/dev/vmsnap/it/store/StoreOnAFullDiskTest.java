package dev.vmsnap.it.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoreOnAFullDiskTest {
    private static final VmId VM = VmId.of("vm-1");
    private static final JournalEntry ENTRY = new JournalEntry(
            "op-1",
            VM,
            Verb.CREATE,
            Actor.user("ada"),
            "node-1",
            Instant.parse("2026-11-22T10:11:12Z"),
            List.of(),
            0,
            List.of(),
            Map.of());

    @TempDir
    Path directory;

    private LoopDisk disk;
    private Path file;

    @BeforeEach
    void mount() throws Exception {
        disk = LoopDisk.mounted(directory, 16);
        file = disk.path().resolve("snapshots.db");
    }

    @AfterEach
    void unmount() throws Exception {
        disk.close();
    }

    @Test
    void aFullDiskRefusesTheWriteAndChangesNothing() throws Exception {
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            VmRecord saved = store.save(VmRecord.of(VM));
            Lease lease = store.acquire(VM, "owner", Verb.CREATE, "op-1", Duration.ofHours(1), other -> false);
            store.open(ENTRY, lease);
            disk.fill();

            int kept = noteUntilFull(store, lease);
            JournalEntry before = store.journal().get(0);
            DriverException record = catchThrowableOfType(
                    DriverException.class, () -> store.save(saved.seen("x".repeat(5_000_000), "node"), lease));

            assertThat(record.reason()).isEqualTo(Reason.NO_SPACE);
            assertThat(before.facts()).hasSize(kept);
            assertThat(store.find(VM)).contains(saved);
            assertThat(store.journal()).containsExactly(before);

            disk.free();
            store.note("op-1", "after", "freed", lease);
            VmRecord after = store.save(saved.seen("x".repeat(1_000_000), "node"), lease);
            assertThat(store.find(VM)).contains(after);
            assertThat(store.journal().get(0).facts()).hasSize(kept + 1).containsEntry("after", "freed");
        }
    }

    @Test
    void whatWasAcknowledgedBeforeTheDiskWasFullIsThereAfterARestart() throws Exception {
        int kept;
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            store.save(VmRecord.of(VM));
            Lease lease = store.acquire(VM, "owner", Verb.CREATE, "op-1", Duration.ofHours(1), other -> false);
            store.open(ENTRY, lease);
            disk.fill();
            kept = noteUntilFull(store, lease);
        }

        DriverException full = catchThrowableOfType(DriverException.class, () -> {
            try (JdbcStore store = JdbcStore.sqlite(file)) {
                store.save(VmRecord.of(VmId.of("vm-2")).seen("x".repeat(1_000_000), "node"));
            }
        });
        assertThat(full.reason()).isEqualTo(Reason.NO_SPACE);

        disk.free();
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            assertThat(store.all()).containsExactly(VmRecord.of(VM).withRevision(1));
            assertThat(store.journal().get(0).facts()).hasSize(kept);
            store.save(VmRecord.of(VmId.of("vm-2")));
        }
    }

    @Test
    void aNewStoreOnAFullDiskIsRefusedAndCanBeMadeLater() throws Exception {
        disk.fill();

        DriverException full = catchThrowableOfType(DriverException.class, () -> JdbcStore.sqlite(file));
        assertThat(full.reason()).isEqualTo(Reason.NO_SPACE);

        disk.free();
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            assertThat(store.all()).isEmpty();
        }
    }

    @Test
    void aFileSystemThatCannotBeWrittenIsSaidToBe() throws Exception {
        JdbcStore.sqlite(file).close();
        disk.readOnly(true);

        for (Path path :
                List.of(file, file.resolveSibling("new.db"), disk.path().resolve("new/new.db"))) {
            DriverException denied = catchThrowableOfType(DriverException.class, () -> JdbcStore.sqlite(path));
            assertThat(denied.reason()).isEqualTo(Reason.DENIED);
            assertThat(denied).hasMessageContaining(path.toString());
        }

        disk.readOnly(false);
        assertThat(Files.exists(file.resolveSibling("new.db"))).isFalse();
        JdbcStore.sqlite(file).close();
    }

    private static int noteUntilFull(JdbcStore store, Lease lease) {
        for (int kept = 0; kept < 10_000; kept++) {
            try {
                store.note("op-1", "fact-" + kept, "x".repeat(10_000), lease);
            } catch (DriverException full) {
                assertThat(full.reason()).as(full.getMessage()).isEqualTo(Reason.NO_SPACE);
                return kept;
            }
        }
        throw new IllegalStateException("the disk is never full");
    }
}
