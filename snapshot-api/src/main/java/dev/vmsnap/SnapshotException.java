package dev.vmsnap;

import org.jspecify.annotations.Nullable;

/**
 * Something went wrong. The subclass tells what state everything is in, {@link #recovery()} what to do;
 * {@code docs/errors.md} is the table. Sealed; new subclasses may come in a minor release.
 */
public abstract sealed class SnapshotException extends RuntimeException
        permits RefusedException,
                NoSuchSnapshotException,
                BusyException,
                CancelledException,
                StillRunningException,
                DriverException,
                RepairNeededException {
    private static final long serialVersionUID = 1L;

    SnapshotException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * Tells how to go on.
     *
     * @return one sentence for people
     */
    public abstract String recovery();
}
