package dev.vmsnap.store.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The row of a result that is being read, in the types of the domain. */
record Row(ResultSet results) {

    /** Makes a value from a row. */
    interface Reader<T> {
        T read(Row row) throws SQLException;
    }

    String text(String column) throws SQLException {
        return optionalText(column)
                .orElseThrow(() -> new IllegalArgumentException("the column " + column + " is empty"));
    }

    Optional<String> optionalText(String column) throws SQLException {
        return Optional.ofNullable(results.getString(column));
    }

    long number(String column) throws SQLException {
        return results.getLong(column);
    }

    Optional<Long> optionalNumber(String column) throws SQLException {
        long value = results.getLong(column);
        return results.wasNull() ? Optional.empty() : Optional.of(value);
    }

    boolean flag(String column) throws SQLException {
        return results.getBoolean(column);
    }

    Optional<Boolean> optionalFlag(String column) throws SQLException {
        boolean value = results.getBoolean(column);
        return results.wasNull() ? Optional.empty() : Optional.of(value);
    }

    Instant instant(String column) throws SQLException {
        return Instant.parse(text(column));
    }

    Duration duration(String column) throws SQLException {
        return Duration.parse(text(column));
    }

    <E extends Enum<E>> E word(String column, Class<E> words) throws SQLException {
        return Enum.valueOf(words, text(column));
    }

    <E extends Enum<E>> Optional<E> optionalWord(String column, Class<E> words) throws SQLException {
        return optionalText(column).map(name -> Enum.valueOf(words, name));
    }
}
