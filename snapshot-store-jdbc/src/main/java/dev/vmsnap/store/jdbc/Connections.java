package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.store.jdbc.Transaction.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/**
 * One connection that writes, in turn for all threads, and as many as are needed that read: the database has one writer
 * at a time anyway, and readers never wait for it. A connection on which a statement failed is not used again.
 */
final class Connections implements AutoCloseable {
    private static final int IDLE_READERS = 4;

    /** The time for which a write waits for other threads, and then again for other processes. */
    private enum Patience {
        ORDINARY(Duration.ofSeconds(20)),
        LEASED(Duration.ofMinutes(2));

        private final Duration time;

        Patience(Duration time) {
            this.time = time;
        }
    }

    private final Dialect dialect;
    private final Schema schema;
    private final Turns turns = new Turns();
    private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();
    private @Nullable Connection writer;
    private volatile boolean closed;

    /** Makes the database ready for use. */
    Connections(Dialect dialect, Schema schema) {
        this.dialect = dialect;
        this.schema = schema;
        try {
            write(schema::migrate, Patience.ORDINARY, () -> turns.take(Patience.ORDINARY.time));
        } catch (RuntimeException | Error failed) {
            close();
            throw failed;
        }
    }

    /** Runs work that writes; all of it is durable when this returns, and nothing of it was done when it throws. */
    <T> T write(Work<T> work) {
        return write(known(work), Patience.ORDINARY, () -> turns.take(Patience.ORDINARY.time));
    }

    /** The same for work under a lease, which waits longer: an operation that fails for want of a mark must be undone. */
    <T> T writeLeased(Work<T> work) {
        return write(known(work), Patience.LEASED, () -> turns.take(Patience.LEASED.time));
    }

    /** The same for the renewal of a lease, ahead of all other work. */
    <T> T writeFirst(Work<T> work) {
        return write(known(work), Patience.LEASED, () -> turns.takeFirst(Patience.LEASED.time));
    }

    /** Runs work that only reads; it sees one state of everything. */
    <T> T read(Work<T> work) {
        while (true) {
            requireOpen();
            Connection reader = null;
            try {
                reader = idle.poll();
                if (reader == null) {
                    reader = dialect.open();
                }
                T result = run(reader, dialect.beginReading(), known(work));
                keep(reader);
                return result;
            } catch (SQLException failed) {
                closeQuietly(reader);
                throwUnlessRoomIsMade(failed);
            } catch (RuntimeException | Error failed) {
                closeQuietly(reader);
                throw failed;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        turns.takeFirst(Patience.LEASED.time);
        try {
            closeQuietly(writer);
            writer = null;
        } finally {
            turns.end();
        }
        closeIdle();
    }

    private <T> T write(Work<T> work, Patience patience, Runnable turn) {
        turn.run();
        try {
            while (true) {
                requireOpen();
                try {
                    Connection connection = writer == null ? dialect.open() : writer;
                    writer = connection;
                    return run(connection, dialect.beginWriting(patience.time), work);
                } catch (SQLException failed) {
                    closeQuietly(writer);
                    writer = null;
                    throwUnlessRoomIsMade(failed);
                }
            }
        } finally {
            turns.end();
        }
    }

    /** Repeats work that failed for want of space, with the space that the dialect has reserved. */
    private void throwUnlessRoomIsMade(SQLException failed) {
        DriverException failure = dialect.failure(failed);
        if (failure.reason() != Reason.NO_SPACE || !dialect.makeRoom()) {
            throw failure;
        }
    }

    private <T> Work<T> known(Work<T> work) {
        return transaction -> {
            schema.verify(transaction);
            return work.run(transaction);
        };
    }

    private <T> T run(Connection connection, List<String> begin, Work<T> work) throws SQLException {
        dialect.verify();
        Transaction transaction = new Transaction(connection, dialect);
        for (String statement : begin) {
            transaction.execute(statement);
        }
        try {
            T result = work.run(transaction);
            transaction.execute("COMMIT");
            return result;
        } catch (RuntimeException | Error failed) {
            transaction.execute("ROLLBACK");
            throw failed;
        }
    }

    private void keep(Connection reader) {
        if (idle.size() < IDLE_READERS) {
            idle.push(reader);
        } else {
            closeQuietly(reader);
        }
        if (closed) {
            closeIdle();
        }
    }

    private void closeIdle() {
        for (Connection reader = idle.poll(); reader != null; reader = idle.poll()) {
            closeQuietly(reader);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the store is closed");
        }
    }

    private static void closeQuietly(@Nullable Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException ignored) {
            // Closing gives up what was not committed, which is all that is asked for.
        }
    }
}
