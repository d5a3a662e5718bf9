package dev.vmsnap;

import java.util.List;
import java.util.stream.Collectors;

/**
 * An operation failed where it could not be undone, or an undo failed. What is left is recorded; {@link
 * VmSnapshots#recover()} finishes it when node and storage are back. The guest is neither held nor frozen by it unless a
 * leftover says so.
 */
public final class RepairNeededException extends SnapshotException {
    private static final long serialVersionUID = 1L;

    private final transient List<Leftover> leftovers;

    /**
     * What is left.
     *
     * @param step the step that is not done or not undone
     * @param message what was seen when it was tried
     */
    public record Leftover(String step, String message) {}

    /**
     * Makes one.
     *
     * @param message what failed
     * @param leftovers what is left
     * @param cause the first failure
     */
    public RepairNeededException(String message, List<Leftover> leftovers, Throwable cause) {
        super(
                message
                        + leftovers.stream()
                                .map(l -> " Left: " + l.step() + " (" + l.message() + ").")
                                .collect(Collectors.joining()),
                cause);
        this.leftovers = List.copyOf(leftovers);
    }

    /**
     * Returns what is left.
     *
     * @return the leftovers, may be empty when only the record is open
     */
    public List<Leftover> leftovers() {
        return leftovers;
    }

    @Override
    public String recovery() {
        if (getCause() instanceof StoreException store) {
            return store.recovery() + " Then call recover().";
        }
        return "Call recover() when the node and the storage are back.";
    }
}
