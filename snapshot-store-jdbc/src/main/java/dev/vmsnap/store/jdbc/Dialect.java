package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** Everything in which one database differs from another; all other SQL is common to them. Thread-safe. */
interface Dialect {
    /** The id of the driver in failures. */
    String id();

    /** Opens a connection in auto-commit mode. */
    Connection open() throws SQLException;

    /** The statements that begin a transaction which sees one state of everything and writes nothing. */
    List<String> beginReading();

    /**
     * The statements that begin a transaction which writes.
     *
     * @param patience how long it waits for other processes that write
     */
    List<String> beginWriting(Duration patience);

    /** What a SELECT ends with that keeps others from changing its rows until the transaction ends; may be empty. */
    String lockingRows();

    /** Throws if connections no longer lead to the database that was opened. */
    void verify();

    /** Keeps some space for later, as far as there is some. */
    void keepRoom();

    /** Frees some space for a write that failed for want of it; false if nothing is left to be freed. */
    boolean makeRoom();

    /** Tells in our words what went wrong. */
    DriverException failure(SQLException cause);
}
