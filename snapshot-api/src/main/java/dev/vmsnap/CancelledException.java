package dev.vmsnap;

/** The operation was cancelled or never began; all it had done was undone. */
public final class CancelledException extends SnapshotException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param message what was cancelled
     */
    public CancelledException(String message) {
        super(message, null);
    }

    @Override
    public String recovery() {
        return "Nothing: the VM and its snapshots are as before.";
    }
}
