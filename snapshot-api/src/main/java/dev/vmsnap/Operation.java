package dev.vmsnap;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Running work. With the default executor it has already ended when it is returned. Thread-safe. Not meant to be
 * implemented outside vmsnap.
 *
 * <p>It ends once: with its result, or with a {@link SnapshotException} that states what it left. One that the executor
 * dropped ends with {@link CancelledException}: within seconds if the executor has terminated, and else once the garbage
 * collector has noticed; {@link #cancel()} ends it at once. One that runs while the engine is closed is cancelled; if its
 * call does not return in time, it ends with {@link RepairNeededException} and the next engine recovers it.
 *
 * @param <T> what it yields
 */
public interface Operation<T> {

    /**
     * How far an operation is.
     *
     * @param code of the step that runs, as in {@link Plan.Step#code()}; {@code WAITING} before the first step,
     *     {@code DONE} after the last
     * @param subject what the step works on, as in {@link Plan.Step#subject()}
     * @param step label of the step, as in {@link Plan.Step#label()}
     * @param fraction of the whole, 0 to 1, never falling
     */
    record Progress(String code, String subject, String step, double fraction) {}

    /**
     * Describes an operation that works on a VM, as the store knows it, in this process or in another one.
     *
     * @param id its id
     * @param vm the VM
     * @param verb what it does
     * @param actor who asked; empty as long as it has not begun, and for short changes of records
     * @param since when it began
     * @param progress the step that runs, and the fraction of the steps that are done
     * @param alive false if its process is known to be gone, or has given no sign of life for as long as a lease lasts:
     *     {@link VmSnapshots#recover()} settles it
     * @param cancelRequested whether somebody has asked to cancel it
     */
    record Summary(
            String id,
            VmId vm,
            Verb verb,
            Optional<Actor> actor,
            Instant since,
            Progress progress,
            boolean alive,
            boolean cancelRequested) {}

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
     * @throws StillRunningException if the waiting thread is interrupted: it stays interrupted, and the operation goes on
     * @throws IllegalStateException on the thread that does the work, which would wait for itself
     */
    T await();

    /**
     * Waits for the end, but not for ever.
     *
     * @param timeout how long to wait
     * @return the result
     * @throws SnapshotException as {@link #await()}
     * @throws StillRunningException also if the time is over; the operation goes on
     * @throws IllegalStateException as {@link #await()}
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
     * Has a listener called with every progress, beginning with the latest one at once, on this thread. Later calls come on
     * the thread that does the work: a listener that blocks delays this operation and no other, and a guest that is held
     * meanwhile is released at its deadline. What it throws is logged and ignored. No lock is held during a call.
     *
     * @param listener called by one thread at a time, in order, until the end
     */
    void onProgress(Consumer<Progress> listener);

    /**
     * Asks it to stop. One that has not begun ends at once. Before its point of no return an operation undoes what it did
     * and fails with {@link CancelledException}; after it, it goes on to its end. Idempotent.
     */
    void cancel();

    /**
     * Returns the same operation as a stage, completed exceptionally with the {@link SnapshotException}.
     *
     * @return a stage that cannot be used to complete or cancel the operation
     */
    CompletionStage<T> toCompletionStage();
}
