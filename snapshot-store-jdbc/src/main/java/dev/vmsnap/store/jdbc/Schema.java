package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import dev.vmsnap.StoreException.Problem;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** The tables' version: what brings an older database up to it, and what is refused. */
final class Schema {
    private static final String TABLE = "vmsnap_schema";

    private final List<List<String>> migrations;

    /**
     * Makes the schema that these migrations lead to.
     *
     * @param migrations the n-th leads from version n to n + 1
     */
    Schema(List<List<String>> migrations) {
        this.migrations = migrations;
    }

    /** Brings the database to this version, all the way or not at all; returns the version that it had. */
    int migrate(Transaction transaction) throws SQLException {
        int found = found(transaction);
        requireKnown(transaction, found);
        if (found == 0) {
            transaction.execute("CREATE TABLE " + TABLE + " (version INTEGER NOT NULL)");
            transaction.execute("INSERT INTO " + TABLE + " (version) VALUES (0)");
        }
        for (List<String> migration : migrations.subList(found, migrations.size())) {
            for (String statement : migration) {
                transaction.execute(statement);
            }
        }
        if (found < migrations.size()) {
            transaction.update("UPDATE " + TABLE + " SET version = ?", migrations.size());
        }
        return found;
    }

    /** Throws if the database has another version by now. */
    void verify(Transaction transaction) throws SQLException {
        int stored = stored(transaction);
        requireKnown(transaction, stored);
        if (stored != migrations.size()) {
            throw transaction.failure(
                    Problem.REPLACED, "the store was put back to schema version " + stored + " while it was open");
        }
    }

    private int found(Transaction transaction) throws SQLException {
        Set<String> tables = transaction.tables();
        if (tables.contains(TABLE)) {
            return stored(transaction);
        }
        if (tables.isEmpty()) {
            return 0;
        }
        throw transaction.failure(
                Problem.NOT_A_STORE, "the database belongs to something else: it has tables, but not ours");
    }

    private static int stored(Transaction transaction) throws SQLException {
        List<Long> versions = transaction.query("SELECT version FROM " + TABLE, row -> row.number("version"));
        if (versions.size() != 1 || versions.get(0) < 1) {
            throw transaction.failure(Problem.DAMAGED, "the store does not say one schema version but " + versions);
        }
        return Math.toIntExact(versions.get(0));
    }

    private void requireKnown(Transaction transaction, int version) {
        if (version > migrations.size()) {
            DriverException refusal = transaction.failure(
                    Problem.NEWER,
                    "the store has schema version " + version + " and this vmsnap knows " + migrations.size()
                            + " at most: it is newer");
            throw refusal;
        }
    }
}
