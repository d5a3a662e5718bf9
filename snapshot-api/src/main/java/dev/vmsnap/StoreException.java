package dev.vmsnap;

import org.jspecify.annotations.Nullable;

/**
 * The store failed, not a node or a storage: {@link #problem()} says how. A call that failed has changed nothing in the
 * store. An operation that it ends is undone as any other; what cannot be recorded then stays open in the journal.
 */
public final class StoreException extends DriverException {
    private static final long serialVersionUID = 1L;

    private final Problem problem;

    /** Names the defect of a store. */
    public enum Problem {
        /** The record of one VM, or one settings template, cannot be read; all else can. */
        RECORD_DAMAGED(
                Reason.BROKEN, "Put a backup of the store in its place, or mend the rows that the message names."),
        /** The database as a whole is damaged. */
        DAMAGED(Reason.BROKEN, "Put a backup of the store in its place."),
        /** The file is no store of vmsnap: something else, or another program's database. */
        NOT_A_STORE(Reason.BROKEN, "Name the file of a store of vmsnap, or a path where there is no file yet."),
        /** No store can be made or kept at that path. */
        UNSUITABLE_PLACE(Reason.BROKEN, "Name a file in a directory on a local disk of this machine."),
        /** The store was written by a newer version of vmsnap. */
        NEWER(Reason.BROKEN, "Use the newer version of vmsnap that wrote the store."),
        /** The store or its directory may not be read or written. */
        NOT_WRITABLE(Reason.DENIED, "Let the user of this process write the store and its directory."),
        /** The file system of the store is full. */
        FULL(Reason.NO_SPACE, "Free space on the file system of the store, then try again."),
        /** Another process has kept the store locked for too long. */
        LOCKED(Reason.TIMEOUT, "End or resume the process that keeps the store locked, then try again."),
        /** The file of the store was removed or replaced while it was open. */
        REPLACED(Reason.BROKEN, "Open the store again, once its file is in place."),
        /** The disk of the store reports errors. */
        UNREADABLE(Reason.BROKEN, "Mend the disk of the store, or move the store to another one."),
        /** The database library of the store cannot be loaded on this machine. */
        LIBRARY_MISSING(Reason.TOOL_MISSING, "Mend what keeps the library from being loaded, as the message says.");

        private final Reason reason;
        private final String recovery;

        Problem(Reason reason, String recovery) {
            this.reason = reason;
            this.recovery = recovery;
        }
    }

    /**
     * Makes one.
     *
     * @param store id of the driver of the store
     * @param problem what is wrong
     * @param message what was seen, for people; names the store; must not contain secrets
     * @param cause what it came from, if anything
     */
    public StoreException(String store, Problem problem, String message, @Nullable Throwable cause) {
        super(store, problem.reason, message, cause);
        this.problem = problem;
    }

    /**
     * Makes one without a cause.
     *
     * @param store id of the driver of the store
     * @param problem what is wrong
     * @param message what was seen, for people; names the store; must not contain secrets
     */
    public StoreException(String store, Problem problem, String message) {
        this(store, problem, message, null);
    }

    /**
     * Returns what is wrong with the store.
     *
     * @return the problem
     */
    public Problem problem() {
        return problem;
    }

    @Override
    public String recovery() {
        return problem.recovery;
    }
}
