package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What SQLite's result codes mean for a store. */
final class SqliteFailures {
    private static final int PRIMARY = 0xff;

    private SqliteFailures() {}

    static DriverException failure(SqliteFile file, SQLException cause) {
        int code = cause instanceof SQLiteException failed ? failed.getResultCode().code : cause.getErrorCode();
        if (code == SQLiteErrorCode.SQLITE_BUSY_SNAPSHOT.code) {
            return new DriverException(
                    Sqlite.ID, Reason.CONFLICT, "the store " + file + " was changed by another process", cause);
        }
        Problem problem = problem(code);
        return new StoreException(
                Sqlite.ID,
                problem,
                "the store " + file + " " + words(file, problem) + " (" + cause.getMessage() + ")",
                cause);
    }

    static boolean isBusy(SQLiteException failed) {
        int primary = failed.getResultCode().code & PRIMARY;
        return primary == SQLiteErrorCode.SQLITE_BUSY.code || primary == SQLiteErrorCode.SQLITE_LOCKED.code;
    }

    static Problem problem(int code) {
        if (code == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE.code) {
            return Problem.FULL;
        }
        return switch (primary(code)) {
            case SQLITE_FULL -> Problem.FULL;
            case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL -> Problem.LOCKED;
            case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH, SQLITE_CANTOPEN -> Problem.NOT_WRITABLE;
            case SQLITE_NOTADB -> Problem.NOT_A_STORE;
            case SQLITE_IOERR -> Problem.UNREADABLE;
            default -> Problem.DAMAGED;
        };
    }

    private static String words(SqliteFile file, Problem problem) {
        return switch (problem) {
            case FULL -> "has no space left";
            case LOCKED -> "is kept locked by " + file.lockHolders().orElse("another process");
            case NOT_WRITABLE -> "may not be opened or written";
            case NOT_A_STORE -> "is not an SQLite database";
            case UNREADABLE -> "cannot be read or written";
            default -> "is damaged";
        };
    }

    private static SQLiteErrorCode primary(int code) {
        return SQLiteErrorCode.getErrorCode(code & PRIMARY);
    }
}
