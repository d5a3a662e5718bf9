package dev.vmsnap.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StoreException.Problem;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;

final class SqliteTest {
    private static final VmId VM = VmId.of("vm-1");

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("snapshots.db");
    }

    @Test
    void everyCommitIsSyncedAndReferencesAreKept() throws Exception {
        try (Connection connection = sqlite(Sqlite.BUSY_TIMEOUT).open()) {
            assertThat(pragma(connection, "journal_mode")).isEqualTo("wal");
            assertThat(pragma(connection, "synchronous")).as("FULL").isEqualTo("2");
            assertThat(pragma(connection, "foreign_keys")).isEqualTo("1");
            assertThat(pragma(connection, "secure_delete")).isEqualTo("1");
            assertThat(pragma(connection, "temp_store")).as("MEMORY").isEqualTo("2");
            assertThat(pragma(connection, "busy_timeout")).isEqualTo("20000");
        }
    }

    @Test
    void aWriterThatDoesNotEndIsATimeoutAndReadersDoNotMind() throws Exception {
        Sqlite impatient = sqlite(Duration.ofMillis(50));
        try (JdbcStore store = new JdbcStore(impatient, Clock.systemUTC());
                Connection other = impatient.open();
                Statement statement = other.createStatement()) {
            VmRecord saved = store.save(Samples.record(VM));
            statement.execute("BEGIN IMMEDIATE");

            DriverException failure =
                    catchThrowableOfType(DriverException.class, () -> store.save(saved.seen("x", "y")));

            assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
            assertThat(failure)
                    .hasMessageContaining(
                            "kept locked by process " + ProcessHandle.current().pid());
            assertThat(store.all()).containsExactly(saved);
            statement.execute("ROLLBACK");
            assertThat(store.save(saved.seen("x", "y")).revision()).isEqualTo(2);
        }
    }

    @Test
    void resultCodesHaveAMeaning() {
        Map.ofEntries(
                        Map.entry(SQLiteErrorCode.SQLITE_FULL, Problem.FULL),
                        Map.entry(SQLiteErrorCode.SQLITE_IOERR_SHMSIZE, Problem.FULL),
                        Map.entry(SQLiteErrorCode.SQLITE_IOERR_WRITE, Problem.UNREADABLE),
                        Map.entry(SQLiteErrorCode.SQLITE_BUSY, Problem.LOCKED),
                        Map.entry(SQLiteErrorCode.SQLITE_BUSY_RECOVERY, Problem.LOCKED),
                        Map.entry(SQLiteErrorCode.SQLITE_READONLY_DBMOVED, Problem.NOT_WRITABLE),
                        Map.entry(SQLiteErrorCode.SQLITE_CANTOPEN, Problem.NOT_WRITABLE),
                        Map.entry(SQLiteErrorCode.SQLITE_CORRUPT_INDEX, Problem.DAMAGED),
                        Map.entry(SQLiteErrorCode.SQLITE_NOTADB, Problem.NOT_A_STORE))
                .forEach((code, problem) -> assertThat(SqliteFailures.problem(code.code))
                        .as(code.name())
                        .isEqualTo(problem));
        assertThat(SqliteFailures.problem(54321)).isEqualTo(Problem.DAMAGED);
    }

    @Test
    void theNumberOfStatementsDoesNotGrowWithTheNumberOfVms() {
        Counting counting = new Counting(sqlite(Sqlite.BUSY_TIMEOUT));
        try (JdbcStore store = new JdbcStore(counting, Clock.systemUTC())) {
            store.save(bare(0));
            int forOne = counting.during(store::all);
            int journalOfNone = counting.during(store::journal);
            for (int i = 1; i < 40; i++) {
                VmRecord record = bare(i);
                store.save(record);
                Lease lease = store.acquire(record.vm(), "a", Verb.EDIT, "op-" + i, Duration.ofHours(1), l -> false);
                store.open(Samples.entry(record.vm(), "op-" + i), lease);
            }

            assertThat(counting.during(store::all)).isEqualTo(forOne).isPositive();
            assertThat(store.all()).hasSize(40);
            assertThat(counting.during(store::journal)).isEqualTo(journalOfNone).isPositive();
        }
    }

    @Test
    void onlySnapshotsThatChangedAreWritten() {
        Counting counting = new Counting(sqlite(Sqlite.BUSY_TIMEOUT));
        try (JdbcStore store = new JdbcStore(counting, Clock.systemUTC())) {
            VmRecord saved = store.save(Samples.record(VM));
            int unchanged = counting.during(() -> store.save(saved));
            VmRecord again = store.find(VM).orElseThrow();
            SnapshotTree renamed = again.tree()
                    .replace(again.tree()
                            .snapshots()
                            .get(0)
                            .withLabels(Snapshot.Labels.named("other").comment("texts")));

            assertThat(counting.during(() -> store.save(again.withTree(renamed))))
                    .isEqualTo(unchanged + 1);
        }
    }

    @Test
    void fiftyThreadsWorkOnOneStore() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(50);
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                int number = i;
                results.add(threads.submit(() -> work(store, number)));
            }
            for (Future<Integer> result : results) {
                assertThat(result.get(2, TimeUnit.MINUTES)).isEqualTo(10);
            }

            assertThat(store.all())
                    .hasSize(50)
                    .allMatch(stored -> stored.sound().orElseThrow().revision() == 10);
            assertThat(store.journal()).isEmpty();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aThreadThatWasInterruptedStillWritesAndStaysInterrupted() {
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            Thread.currentThread().interrupt();

            store.save(VmRecord.of(VM));

            assertThat(Thread.interrupted()).isTrue();
            assertThat(store.all()).hasSize(1);
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void aTextThatIsNotUnicodeIsRefusedRatherThanChanged() {
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            DriverException failure = catchThrowableOfType(
                    DriverException.class, () -> store.save(VmRecord.of(VM).seen("half \ud83d", "node")));

            assertThat(failure).hasMessageContaining("Unicode");
            assertThat(store.all()).isEmpty();
            VmRecord zero = store.save(VmRecord.of(VM).seen("a\0b", "\0"));
            assertThat(store.find(VM)).contains(zero);
        }
    }

    @Test
    void aLeaseForEverIsKeptForEver() {
        Clock late = Clock.fixed(Instant.parse("2026-11-22T00:00:00.000000001Z"), ZoneOffset.UTC);
        try (JdbcStore store = JdbcStore.sqlite(file, late)) {
            Duration forEver = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
            Lease lease = store.acquire(VM, "a", Verb.EDIT, "op-1", forEver, other -> false);

            assertThat(lease.until()).isEqualTo(Instant.MAX);
            assertThat(store.acquire(VM, "b", Verb.EDIT, "op-2", forEver, other -> false))
                    .isEqualTo(lease);
        }
    }

    @Test
    void oneOperationIdIsNotHeldByTwoOwners() {
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            Lease lease = store.acquire(VM, "a", Verb.EDIT, "op", Duration.ofHours(1), other -> false);

            DriverException failure = catchThrowableOfType(
                    DriverException.class,
                    () -> store.acquire(VM, "b", Verb.EDIT, "op", Duration.ofHours(1), other -> false));

            assertThat(failure.reason()).isEqualTo(Reason.IN_USE);
            assertThat(store.acquire(VM, "a", Verb.EDIT, "op", Duration.ofHours(1), other -> false))
                    .isEqualTo(lease);
            assertThat(store.acquire(VM, "b", Verb.EDIT, "op", Duration.ofHours(1), other -> true)
                            .owner())
                    .isEqualTo("b");
        }
    }

    @Test
    void aSnapshotIdBelongsToOneVm() {
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            store.save(Samples.record(VM));

            DriverException failure =
                    catchThrowableOfType(DriverException.class, () -> store.save(Samples.record(VmId.of("vm-2"))));

            assertThat(failure.reason()).isEqualTo(Reason.CONFLICT);
            assertThat(store.all()).hasSize(1);
        }
    }

    @Test
    void nothingOfADeletedConfigurationIsLeftInTheFiles() throws Exception {
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            VmRecord record = store.save(Samples.record(VM));
            Lease lease = store.acquire(VM, "a", Verb.EDIT, "op", Duration.ofHours(1), other -> false);
            String secret = "<graphics passwd='tops3cret'/>";
            store.saveConfiguration(
                    record.tree().snapshots().get(0).id(), new VmConfiguration(secret, secret.repeat(500)), lease);
            store.forget(lease);
        }

        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1).contains("tops3cret"))
                .as("the secret in the file")
                .isFalse();
        assertThat(Path.of(file + "-wal")).doesNotExist();
    }

    private static int work(JdbcStore store, int number) {
        VmId vm = VmId.of("vm-" + number);
        int done = 0;
        while (done < 10) {
            String operation = "op-" + number + "-" + done;
            Lease lease = store.acquire(vm, "a", Verb.EDIT, operation, Duration.ofHours(1), other -> false);
            store.open(Samples.entry(vm, operation), lease);
            store.save(store.find(vm).orElse(VmRecord.of(vm)).seen("n", "n"), lease);
            store.close(operation, lease);
            store.release(lease);
            done++;
        }
        return done;
    }

    private static VmRecord bare(int number) {
        return VmRecord.of(VmId.of("vm-" + number));
    }

    private Sqlite sqlite(Duration busyTimeout) {
        return new Sqlite(SqliteFile.prepare(file), busyTimeout);
    }

    private static String pragma(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet results = statement.executeQuery("PRAGMA " + name)) {
            return results.getString(1);
        }
    }

    /** Counts the statements that are prepared or run. */
    private static final class Counting implements Dialect {
        private final Dialect real;
        private final AtomicInteger statements = new AtomicInteger();

        Counting(Dialect real) {
            this.real = real;
        }

        int during(Runnable work) {
            int before = statements.get();
            work.run();
            return statements.get() - before;
        }

        @Override
        public Connection open() throws SQLException {
            Connection connection = real.open();
            return (Connection) Proxy.newProxyInstance(
                    Connection.class.getClassLoader(),
                    new Class<?>[] {Connection.class},
                    (proxy, method, arguments) -> {
                        if (Set.of("prepareStatement", "createStatement").contains(method.getName())) {
                            statements.incrementAndGet();
                        }
                        try {
                            return method.invoke(connection, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        @Override
        public String id() {
            return real.id();
        }

        @Override
        public List<String> beginReading() {
            return real.beginReading();
        }

        @Override
        public List<String> beginWriting(Duration patience) {
            return real.beginWriting(patience);
        }

        @Override
        public void keepRoom() {
            real.keepRoom();
        }

        @Override
        public boolean makeRoom() {
            return real.makeRoom();
        }

        @Override
        public String lockingRows() {
            return real.lockingRows();
        }

        @Override
        public void verify() {
            real.verify();
        }

        @Override
        public DriverException failure(SQLException cause) {
            return real.failure(cause);
        }
    }
}
