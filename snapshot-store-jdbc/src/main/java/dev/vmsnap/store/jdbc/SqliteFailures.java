package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What SQLite's result codes mean for a store. */
final class SqliteFailures {
    private static final int PRIMARY = 0xff;

    private SqliteFailures() {}

    static DriverException failure(SqliteFile file, SQLException cause) {
        int code = cause instanceof SQLiteException failed ? failed.getResultCode().code : cause.getErrorCode();
        Reason reason = reason(code);
        return new DriverException(
                Sqlite.ID, reason, "the store " + file + " " + words(code) + " (" + cause.getMessage() + ")", cause);
    }

    static boolean isBusy(SQLiteException failed) {
        int primary = failed.getResultCode().code & PRIMARY;
        return primary == SQLiteErrorCode.SQLITE_BUSY.code || primary == SQLiteErrorCode.SQLITE_LOCKED.code;
    }

    static Reason reason(int code) {
        if (code == SQLiteErrorCode.SQLITE_BUSY_SNAPSHOT.code) {
            return Reason.CONFLICT;
        }
        if (code == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE.code) {
            return Reason.NO_SPACE;
        }
        return switch (primary(code)) {
            case SQLITE_FULL -> Reason.NO_SPACE;
            case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL -> Reason.TIMEOUT;
            case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH, SQLITE_CANTOPEN -> Reason.DENIED;
            default -> Reason.BROKEN;
        };
    }

    private static String words(int code) {
        return switch (reason(code)) {
            case NO_SPACE -> "has no space left";
            case TIMEOUT -> "is kept busy by another process";
            case CONFLICT -> "was changed by another process";
            case DENIED -> "may not be opened or written";
            default ->
                switch (primary(code)) {
                    case SQLITE_CORRUPT -> "is damaged; put a copy in its place";
                    case SQLITE_NOTADB -> "is not an SQLite database";
                    case SQLITE_IOERR -> "cannot be read or written";
                    default -> "cannot be used";
                };
        };
    }

    private static SQLiteErrorCode primary(int code) {
        return SQLiteErrorCode.getErrorCode(code & PRIMARY);
    }
}
