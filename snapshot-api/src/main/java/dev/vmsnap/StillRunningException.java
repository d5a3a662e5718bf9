package dev.vmsnap;

/** A wait for an operation ended before the operation did. The operation goes on: nothing has failed and nothing was undone. */
public final class StillRunningException extends SnapshotException {
    private static final long serialVersionUID = 1L;

    private final String operation;

    /**
     * Makes one.
     *
     * @param operation id of the operation that goes on
     * @param message why the wait ended
     */
    public StillRunningException(String operation, String message) {
        super(message, null);
        this.operation = operation;
    }

    /**
     * Returns which operation goes on.
     *
     * @return its id
     */
    public String operation() {
        return operation;
    }

    @Override
    public String recovery() {
        return "Wait for the operation again, or cancel it.";
    }
}
