package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.SQLiteOpenMode;

/** SQLite with a write-ahead log that is synced at every commit. */
final class Sqlite implements Dialect {
    static final String ID = "sqlite";
    static final Duration BUSY_TIMEOUT = Duration.ofSeconds(20);

    private static final Duration RETRY = Duration.ofMillis(5);

    private final SqliteFile file;
    private final Duration busyTimeout;
    private final Duration longest;
    private final Reserve reserve;

    /** Makes the way to one database, which waits for other processes as long as each write asks for. */
    Sqlite(SqliteFile file) {
        this(file, BUSY_TIMEOUT, Duration.ofHours(1));
    }

    /**
     * Makes the way to one database.
     *
     * @param busyTimeout how long everything waits at most for other processes that write
     */
    Sqlite(SqliteFile file, Duration busyTimeout) {
        this(file, busyTimeout, busyTimeout);
    }

    private Sqlite(SqliteFile file, Duration busyTimeout, Duration longest) {
        this.file = file;
        this.busyTimeout = busyTimeout;
        this.longest = longest;
        this.reserve = file.reserve();
        load();
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public Connection open() throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.resetOpenMode(SQLiteOpenMode.CREATE);
        config.setBusyTimeout(Math.toIntExact(busyTimeout.toMillis()));
        Connection connection = config.createConnection(file.url());
        try (Statement statement = connection.createStatement()) {
            useWriteAheadLog(statement);
            statement.execute("PRAGMA synchronous = FULL");
            statement.execute("PRAGMA foreign_keys = ON");
            // Configurations hold passwords: nothing of them in temporary files, nothing left in freed pages.
            statement.execute("PRAGMA temp_store = MEMORY");
            statement.execute("PRAGMA secure_delete = ON");
            // On a full file system the log must not outgrow the reserve.
            statement.execute("PRAGMA wal_autocheckpoint = 64");
            return connection;
        } catch (SQLException | RuntimeException failed) {
            connection.close();
            throw failed;
        }
    }

    @Override
    public List<String> beginReading() {
        return List.of("BEGIN");
    }

    @Override
    public List<String> beginWriting(Duration patience) {
        Duration waiting = patience.compareTo(longest) < 0 ? patience : longest;
        return List.of("PRAGMA busy_timeout = " + waiting.toMillis(), "BEGIN IMMEDIATE");
    }

    @Override
    public String lockingRows() {
        return "";
    }

    @Override
    public void verify() {
        file.verify();
    }

    @Override
    public void keepRoom() {
        reserve.fill();
    }

    @Override
    public boolean makeRoom() {
        return reserve.giveBack();
    }

    @Override
    public DriverException failure(SQLException cause) {
        return SqliteFailures.failure(file, cause);
    }

    /** Processes that open a new database at once refuse each other this switch without waiting. */
    private void useWriteAheadLog(Statement statement) throws SQLException {
        long deadline = System.nanoTime() + busyTimeout.toNanos();
        while (true) {
            try {
                requireWriteAheadLog(statement);
                return;
            } catch (SQLiteException refused) {
                if (!SqliteFailures.isBusy(refused) || System.nanoTime() - deadline > 0) {
                    throw refused;
                }
                LockSupport.parkNanos(RETRY.toNanos());
            }
        }
    }

    private void requireWriteAheadLog(Statement statement) throws SQLException {
        try (ResultSet results = statement.executeQuery("PRAGMA journal_mode = WAL")) {
            String mode = results.next() ? results.getString(1) : "";
            if (!mode.equalsIgnoreCase("wal")) {
                throw new StoreException(
                        ID,
                        Problem.UNSUITABLE_PLACE,
                        "the file system of " + file + " cannot share memory, which a store needs");
            }
        }
    }

    private static void load() {
        try {
            SQLiteJDBCLoader.initialize();
        } catch (Exception | LinkageError failed) {
            throw new StoreException(
                    ID,
                    Problem.LIBRARY_MISSING,
                    "SQLite's native library cannot be loaded; it is unpacked into a directory that must allow"
                            + " executing, which the system property org.sqlite.tmpdir names: " + failed.getMessage(),
                    failed);
        }
    }
}
