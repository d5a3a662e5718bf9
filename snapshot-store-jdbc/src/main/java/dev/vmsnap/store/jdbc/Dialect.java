package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import java.sql.Connection;
import java.sql.SQLException;

/** Everything in which one database differs from another; all other SQL is common to them. Thread-safe. */
interface Dialect {
    /** The id of the driver in failures. */
    String id();

    /** Opens a connection in auto-commit mode. */
    Connection open() throws SQLException;

    /** The statement that begins a transaction which sees one state of everything and writes nothing. */
    String beginReading();

    /** The statement that begins a transaction which writes. */
    String beginWriting();

    /** What a SELECT ends with that keeps others from changing its rows until the transaction ends; may be empty. */
    String lockingRows();

    /** Throws if connections no longer lead to the database that was opened. */
    void verify();

    /** Tells in our words what went wrong. */
    DriverException failure(SQLException cause);
}
