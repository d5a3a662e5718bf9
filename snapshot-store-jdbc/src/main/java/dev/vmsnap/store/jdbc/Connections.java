package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.store.jdbc.Transaction.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One connection that writes, in turn for all threads, and as many as are needed that read: the database has one writer
 * at a time anyway, and readers never wait for it. A connection on which a statement failed is not used again.
 */
final class Connections implements AutoCloseable {
    private static final int IDLE_READERS = 4;

    private final Dialect dialect;
    private final Schema schema;
    private final Duration patience;
    private final ReentrantLock writing = new ReentrantLock(true);
    private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();
    private @Nullable Connection writer;
    private volatile boolean closed;

    /**
     * Makes the database ready for use.
     *
     * @param patience how long a thread waits for the other threads that write
     */
    Connections(Dialect dialect, Schema schema, Duration patience) {
        this.dialect = dialect;
        this.schema = schema;
        this.patience = patience;
        try {
            writeWith(schema::migrate);
        } catch (RuntimeException | Error failed) {
            close();
            throw failed;
        }
    }

    /** Runs work that writes; all of it is durable when this returns, and nothing of it was done when it throws. */
    <T> T write(Work<T> work) {
        return writeWith(known(work));
    }

    /** Runs work that only reads; it sees one state of everything. */
    <T> T read(Work<T> work) {
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
            throw dialect.failure(failed);
        } catch (RuntimeException | Error failed) {
            closeQuietly(reader);
            throw failed;
        }
    }

    @Override
    public void close() {
        closed = true;
        lock();
        try {
            closeQuietly(writer);
            writer = null;
        } finally {
            writing.unlock();
        }
        closeIdle();
    }

    private <T> T writeWith(Work<T> work) {
        lock();
        try {
            requireOpen();
            Connection connection = writer == null ? dialect.open() : writer;
            writer = connection;
            return run(connection, dialect.beginWriting(), work);
        } catch (SQLException failed) {
            closeQuietly(writer);
            writer = null;
            throw dialect.failure(failed);
        } finally {
            writing.unlock();
        }
    }

    private <T> Work<T> known(Work<T> work) {
        return transaction -> {
            schema.verify(transaction);
            return work.run(transaction);
        };
    }

    private <T> T run(Connection connection, String begin, Work<T> work) throws SQLException {
        dialect.verify();
        Transaction transaction = new Transaction(connection, dialect);
        transaction.execute(begin);
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
            throw new DriverException(dialect.id(), Reason.BROKEN, "the store is closed");
        }
    }

    private void lock() {
        boolean interrupted = false;
        long deadline = System.nanoTime() + patience.toNanos();
        try {
            while (true) {
                try {
                    if (writing.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                        return;
                    }
                    throw new DriverException(
                            dialect.id(), Reason.TIMEOUT, "other threads were writing for " + patience);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
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
