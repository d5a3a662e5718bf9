package dev.vmsnap.store.jdbc;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/** The table of one row with the id of the store. */
final class Identity {
    private Identity() {}

    /** One id, or none when it was never asked for. */
    static List<String> find(Transaction transaction) throws SQLException {
        return transaction.query("SELECT id FROM identity", row -> row.text("id"));
    }

    /** Makes the id unless somebody else just has. */
    static String make(Transaction transaction) throws SQLException {
        transaction.update(
                "INSERT INTO identity (singleton, id) VALUES (1, ?) ON CONFLICT (singleton) DO NOTHING",
                UUID.randomUUID().toString());
        return find(transaction).get(0);
    }
}
