package dev.vmsnap.store.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * The row of a result that is being read, in the types of the domain. SQLite keeps any value in any column, so each is
 * checked; what is not of its column's type is an {@link IllegalArgumentException} that names the column.
 */
record Row(ResultSet results) {

    /** Makes a value from a row. */
    interface Reader<T> {
        T read(Row row) throws SQLException;
    }

    String text(String column) throws SQLException {
        return present(column, optionalText(column));
    }

    Optional<String> optionalText(String column) throws SQLException {
        return value(column).map(value -> typed(column, "text", String.class, value));
    }

    long number(String column) throws SQLException {
        return present(column, optionalNumber(column));
    }

    Optional<Long> optionalNumber(String column) throws SQLException {
        return value(column)
                .map(value -> value instanceof Integer small ? Long.valueOf(small) : value)
                .map(value -> typed(column, "whole number", Long.class, value));
    }

    int smallNumber(String column) throws SQLException {
        return Math.toIntExact(number(column));
    }

    boolean flag(String column) throws SQLException {
        return present(column, optionalFlag(column));
    }

    Optional<Boolean> optionalFlag(String column) throws SQLException {
        return value(column)
                .map(value -> value instanceof Number number && Math.abs(number.intValue()) <= 1
                        ? Boolean.valueOf(number.intValue() != 0)
                        : value)
                .map(value -> typed(column, "truth value", Boolean.class, value));
    }

    Instant instant(String column) throws SQLException {
        return present(column, optionalInstant(column));
    }

    Optional<Instant> optionalInstant(String column) throws SQLException {
        return optionalText(column).map(text -> parsed(column, "time", Instant::parse, text));
    }

    Duration duration(String column) throws SQLException {
        return parsed(column, "duration", Duration::parse, text(column));
    }

    <E extends Enum<E>> E word(String column, Class<E> words) throws SQLException {
        return present(column, optionalWord(column, words));
    }

    <E extends Enum<E>> Optional<E> optionalWord(String column, Class<E> words) throws SQLException {
        return optionalText(column)
                .map(text -> parsed(
                        column, words.getSimpleName().toLowerCase(Locale.ROOT), w -> Enum.valueOf(words, w), text));
    }

    private Optional<Object> value(String column) throws SQLException {
        return Optional.ofNullable(results.getObject(column));
    }

    private static <T> T present(String column, Optional<T> value) {
        return value.orElseThrow(() -> new IllegalArgumentException("the column " + column + " is empty"));
    }

    private static <T> T typed(String column, String type, Class<T> wanted, Object value) {
        if (!wanted.isInstance(value)) {
            throw new IllegalArgumentException("the column " + column + " holds no " + type);
        }
        return wanted.cast(value);
    }

    private static <T> T parsed(String column, String type, Function<String, T> parser, String text) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException | DateTimeParseException unknown) {
            throw new IllegalArgumentException("the column " + column + " holds no " + type + ": " + text, unknown);
        }
    }
}
