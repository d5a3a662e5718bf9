package dev.vmsnap;

/** The VM has no such snapshot. Nothing was touched. */
public final class NoSuchSnapshotException extends SnapshotException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param vm the VM that was asked about
     * @param snapshot the id that it has not
     */
    public NoSuchSnapshotException(VmId vm, SnapshotId snapshot) {
        super("VM " + vm + " has no snapshot " + snapshot + ".", null);
    }

    @Override
    public String recovery() {
        return "Look at the VM's tree for the snapshots that it has.";
    }
}
