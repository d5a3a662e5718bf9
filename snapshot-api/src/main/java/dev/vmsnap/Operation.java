package dev.vmsnap;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Running work. With the default executor it has already ended when it is returned. Thread-safe. Not meant to be
 * implemented outside vmsnap.
 *
 * @param <T> what it yields
 */
public interface Operation<T> {

    /**
     * How far an operation is.
     *
     * @param step label of the step that runs, as in {@link Plan.Step#label()}
     * @param fraction of the whole, 0 to 1, never falling
     */
    record Progress(String step, double fraction) {}

    /**
     * Returns its id, as it stands in the journal and in events.
     *
     * @return the id
     */
    String id();

    /**
     * Waits for the end.
     *
     * @return the result
     * @throws SnapshotException how it failed; see {@code docs/errors.md} for what each kind says about the VM
     * @throws CancelledException also when the waiting thread is interrupted; the operation then goes on
     */
    T await();

    /**
     * Waits for the end, but not for ever.
     *
     * @param timeout how long to wait
     * @return the result
     * @throws SnapshotException as {@link #await()}
     * @throws java.util.concurrent.CompletionException never; failures arrive as themselves
     * @throws DriverException with reason {@code TIMEOUT} when the time is over; the operation goes on
     */
    T await(Duration timeout);

    /**
     * Tells whether it has ended, one way or another.
     *
     * @return true once {@link #await()} would not wait
     */
    boolean isDone();

    /**
     * Returns how far it is.
     *
     * @return the latest progress
     */
    Progress progress();

    /**
     * Has a listener told of every progress, beginning with the latest one. It is called on the thread that does the
     * work and must not block; what it throws is logged and ignored.
     *
     * @param listener told at once and until the end
     */
    void onProgress(Consumer<Progress> listener);

    /**
     * Asks it to stop. Before its point of no return it undoes what it did and fails with {@link CancelledException};
     * after it, it goes on to its end. Idempotent.
     */
    void cancel();

    /**
     * Returns the same operation as a stage, completed exceptionally with the {@link SnapshotException}.
     *
     * @return a stage that cannot be used to complete or cancel the operation
     */
    CompletionStage<T> toCompletionStage();
}
