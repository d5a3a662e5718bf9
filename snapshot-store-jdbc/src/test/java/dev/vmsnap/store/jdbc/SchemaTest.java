package dev.vmsnap.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmConfiguration;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SchemaTest {
    private static final VmId VM = VmId.of("vm-1");

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("snapshots.db");
    }

    @Test
    void aStoreThatVersionOneWroteIsReadWhole() throws Exception {
        execute(recorded("version-1.sql"));

        try (JdbcStore store = JdbcStore.sqlite(file)) {
            assertThat(store.all()).containsExactly(Samples.record(VM).withRevision(1));
            assertThat(store.configurations(VM))
                    .isEqualTo(Map.of(
                            SnapshotId.of("s2"),
                            new VmConfiguration("<domain>'\n</domain>", "<domain id='1'>\u00e9</domain>")));
            assertThat(store.templates())
                    .containsExactly(new SettingsTemplate(
                            "small", SettingsChoice.open().allowRam(false).limit(7)));
            assertThat(store.journal()).containsExactly(Samples.entry(VM, "op-1"));
            Lease held = store.acquire(VM, "b", Verb.EDIT, "op-2", Duration.ofHours(1), lease -> false);
            assertThat(held.operation()).isEqualTo("op-1");
            assertThat(held.epoch()).isEqualTo(4);
            store.close("op-1", held);
            store.forget(held);
        }
        assertThat(rows("SELECT version FROM vmsnap_schema")).containsExactly("5");
        assertThat(rows("SELECT count(*) FROM volume")).containsExactly("0");
    }

    @Test
    void noMigrationThatWasReleasedIsEverChanged() throws Exception {
        open(Migrations.ALL.subList(0, 1)).close();
        List<String> made = rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name");
        Files.delete(file);

        execute(recorded("version-1.sql"));

        assertThat(rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"))
                .isEqualTo(made);
    }

    @Test
    void anOlderStoreIsBroughtForwardOneVersionAfterTheOther() throws Exception {
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            store.save(Samples.record(VM));
        }

        open(with("ALTER TABLE vm ADD COLUMN a TEXT", "ALTER TABLE vm RENAME COLUMN a TO b"))
                .close();

        assertThat(rows("SELECT version FROM vmsnap_schema")).containsExactly("7");
        assertThat(rows("SELECT name FROM pragma_table_info('vm')"))
                .contains("b")
                .doesNotContain("a");
        assertThat(rows("SELECT id FROM snapshot ORDER BY id")).containsExactly("s1", "s2");
    }

    @Test
    void aMigrationThatFailsLeavesTheStoreAsItWas() throws Exception {
        JdbcStore.sqlite(file).close();

        assertThat(failure(() -> open(with("CREATE TABLE extra (id TEXT)", "no SQL at all"))))
                .isNotNull();

        assertThat(rows("SELECT version FROM vmsnap_schema")).containsExactly("5");
        assertThat(rows("SELECT name FROM sqlite_master WHERE name = 'extra'")).isEmpty();
        JdbcStore.sqlite(file).close();
    }

    @Test
    void aStoreOfANewerVersionIsNotTouched() throws Exception {
        JdbcStore.sqlite(file).close();
        execute("UPDATE vmsnap_schema SET version = 99");

        DriverException refusal = failure(() -> JdbcStore.sqlite(file));

        assertThat(refusal.reason()).isEqualTo(Reason.BROKEN);
        assertThat(refusal).hasMessageContaining("version 99").hasMessageContaining("newer");
        assertThat(rows("SELECT version FROM vmsnap_schema")).containsExactly("99");
    }

    @Test
    void aStoreThatIsBroughtForwardWhileItIsOpenTakesNothingFromTheOlderVersion() throws Exception {
        try (JdbcStore old = JdbcStore.sqlite(file)) {
            old.save(Samples.record(VM));
            open(with("ALTER TABLE vm ADD COLUMN a TEXT")).close();

            assertThat(failure(old::all)).hasMessageContaining("newer");
            assertThat(failure(() -> old.save(Samples.record(VmId.of("vm-2"))))).hasMessageContaining("newer");
        }
        assertThat(rows("SELECT id FROM vm")).containsExactly("vm-1");
    }

    @Test
    void aDatabaseOfSomethingElseIsNotTouched() throws Exception {
        execute("CREATE TABLE customers (id TEXT)");

        assertThat(failure(() -> JdbcStore.sqlite(file))).hasMessageContaining("belongs to something else");
        assertThat(rows("SELECT name FROM sqlite_master")).containsExactly("customers");
    }

    @Test
    void aFileThatIsNoDatabaseIsNotTouched() throws Exception {
        byte[] text =
                "This is my diary, and not a database at all.\n".repeat(100).getBytes(StandardCharsets.UTF_8);
        Files.write(file, text);

        DriverException refusal = failure(() -> JdbcStore.sqlite(file));

        assertThat(refusal.reason()).isEqualTo(Reason.BROKEN);
        assertThat(refusal).hasMessageContaining("not an SQLite database").hasMessageContaining(file.toString());
        assertThat(Files.readAllBytes(file)).isEqualTo(text);
    }

    @Test
    void aDamagedDatabaseIsSaidToBeDamaged() throws Exception {
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            store.save(Samples.record(VM));
        }
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 200; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31);
        }
        Files.write(file, bytes);

        DriverException refusal = failure(() -> JdbcStore.sqlite(file).all());

        assertThat(refusal.reason()).isEqualTo(Reason.BROKEN);
        assertThat(refusal).hasMessageContaining("damaged");
    }

    @Test
    void aRowThatMakesNoSenseIsNamedAndCanStillBeForgotten() throws Exception {
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            store.save(Samples.record(VM));
            execute("UPDATE snapshot SET parent = 's2' WHERE id = 's1'");
            assertThat(failure(() -> store.find(VM)))
                    .hasMessageContaining("vm-1")
                    .hasMessageContaining("its own ancestor")
                    .extracting(DriverException::reason)
                    .isEqualTo(Reason.BROKEN);
            execute("UPDATE snapshot SET status = 'SLEEPING'");
            assertThat(store.damaged()).singleElement().satisfies(damaged -> assertThat(damaged.why())
                    .contains("SLEEPING"));

            store.forget(store.acquire(VM, "a", Verb.DELETE_VM, "op", Duration.ofHours(1), lease -> false));

            assertThat(store.all()).isEmpty();
        }
    }

    private static List<List<String>> with(String... more) {
        List<List<String>> all = new ArrayList<>(Migrations.ALL);
        for (String statement : more) {
            all.add(List.of(statement));
        }
        return all;
    }

    private JdbcStore open(List<List<String>> migrations) {
        Sqlite sqlite = new Sqlite(SqliteFile.prepare(file), Sqlite.BUSY_TIMEOUT);
        return new JdbcStore(sqlite, Clock.systemUTC(), new Schema(migrations));
    }

    private static DriverException failure(ThrowingCallable call) {
        DriverException failure = catchThrowableOfType(DriverException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }

    private static String recorded(String name) throws IOException {
        try (InputStream stream = SchemaTest.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private List<String> rows(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet results = statement.executeQuery(sql)) {
            List<String> rows = new ArrayList<>();
            while (results.next()) {
                rows.add(results.getString(1));
            }
            return rows;
        }
    }
}
