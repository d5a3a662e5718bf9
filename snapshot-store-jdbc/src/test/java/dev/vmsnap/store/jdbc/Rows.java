package dev.vmsnap.store.jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** Changes rows behind the back of a store. */
final class Rows {
    private Rows() {}

    static void change(Path file, String... statements) throws SQLException {
        try (Connection connection = new Sqlite(SqliteFile.prepare(file), Duration.ofSeconds(10)).open();
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA foreign_keys = OFF");
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
