package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** A transaction that has begun on a connection: the few things that are done in it. Confined to one thread. */
final class Transaction {
    private final Connection connection;
    private final Dialect dialect;

    Transaction(Connection connection, Dialect dialect) {
        this.connection = connection;
        this.dialect = dialect;
    }

    /** What is done in a transaction. */
    interface Work<T> {
        T run(Transaction transaction) throws SQLException;
    }

    /** Runs a statement as it stands. */
    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Runs a statement that changes rows, and returns how many it changed. */
    int update(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            return statement.executeUpdate();
        }
    }

    /** Runs a SELECT and reads every row of its result. */
    <T> List<T> query(String sql, Row.Reader<T> reader, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            try (ResultSet results = statement.executeQuery()) {
                List<T> rows = new ArrayList<>();
                Row row = new Row(results);
                while (results.next()) {
                    rows.add(readable(row, reader));
                }
                return rows;
            }
        }
    }

    /**
     * Runs a SELECT whose column {@code belongs_to} names the VM or template of each row. A row that cannot be read is left
     * out and added to the damages.
     */
    <T> List<T> query(String table, Damages damages, String sql, Row.Reader<T> reader, Object... values)
            throws SQLException {
        return query(
                        sql,
                        row -> {
                            try {
                                return Optional.of(reader.read(row));
                            } catch (IllegalArgumentException | DateTimeException | ArithmeticException unreadable) {
                                damages.add(row.results().getString("belongs_to"), table, unreadable);
                                return Optional.<T>empty();
                            }
                        },
                        values)
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** As {@link #query}, and keeps others from changing the rows until the transaction ends. */
    <T> List<T> queryLocking(String sql, Row.Reader<T> reader, Object... values) throws SQLException {
        return query(sql + dialect.lockingRows(), reader, values);
    }

    /** Names the tables that there are, in lower case. */
    Set<String> tables() throws SQLException {
        try (ResultSet results = connection
                .getMetaData()
                .getTables(connection.getCatalog(), connection.getSchema(), "%", new String[] {"TABLE"})) {
            Set<String> names = new HashSet<>();
            while (results.next()) {
                names.add(results.getString("TABLE_NAME").toLowerCase(Locale.ROOT));
            }
            return names;
        }
    }

    DriverException failure(Problem problem, String message) {
        return new StoreException(dialect.id(), problem, message);
    }

    DriverException failure(Reason reason, String message) {
        return new DriverException(dialect.id(), reason, message);
    }

    private <T> T readable(Row row, Row.Reader<T> reader) throws SQLException {
        try {
            return reader.read(row);
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException unreadable) {
            throw new StoreException(
                    dialect.id(),
                    Problem.RECORD_DAMAGED,
                    "the store holds a row that cannot be read: " + unreadable.getMessage(),
                    unreadable);
        }
    }

    private void bind(PreparedStatement statement, Object... values) throws SQLException {
        int index = 0;
        for (Object value : values) {
            index++;
            Object plain = value instanceof Optional<?> optional ? optional.orElse(null) : value;
            if (plain == null) {
                statement.setNull(index, Types.NULL);
            } else if (plain instanceof Long number) {
                statement.setLong(index, number);
            } else if (plain instanceof Integer number) {
                statement.setInt(index, number);
            } else if (plain instanceof Boolean flag) {
                statement.setBoolean(index, flag);
            } else {
                statement.setString(index, storable(plain.toString()));
            }
        }
    }

    /** A text that UTF-8 cannot express would come back as another one. */
    private String storable(String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw failure(Reason.BROKEN, "a text to be stored is not valid Unicode (half of a surrogate pair)");
        }
        return text;
    }
}
