package dev.vmsnap.testkit;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import java.util.List;
import java.util.function.Consumer;

/** Work on several disks, one after the other, that can be struck between them. */
final class Parts {
    private Parts() {}

    /** Does them in order; {@code halfway} runs with some, but not all, of them done. */
    static <T> void each(List<T> parts, Runnable halfway, Consumer<T> work) {
        for (int i = 0; i < parts.size(); i++) {
            if (i == parts.size() / 2) {
                halfway.run();
            }
            work.accept(parts.get(i));
        }
    }

    /** Does the work, and undoes each part if that fails or is cancelled. */
    static <T> void undoingOnFailure(List<T> parts, Consumer<T> undo, Runnable work) {
        try {
            work.run();
        } catch (DriverException | CancelledException failed) {
            parts.forEach(undo);
            throw failed;
        }
    }
}
