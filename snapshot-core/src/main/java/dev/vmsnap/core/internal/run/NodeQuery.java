package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.spi.HypervisorDriver;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One question to one node, and its outcome. It enters a queue when it has ended. */
final class NodeQuery<T> implements Runnable {
    private final NodeStatus status;
    private final Function<HypervisorDriver, T> question;
    private final boolean contactFirst;
    private final BlockingQueue<NodeQuery<T>> ended;
    private volatile boolean contacted;
    private volatile boolean abandoned;
    private @Nullable T answer;
    private @Nullable SilentNode silence;
    private @Nullable Throwable failure;

    /**
     * Makes a question.
     *
     * @param contactFirst whether the node is asked for its version first, because the answer itself may take longer than
     *     a node may be silent
     */
    NodeQuery(
            NodeStatus status,
            Function<HypervisorDriver, T> question,
            boolean contactFirst,
            BlockingQueue<NodeQuery<T>> ended) {
        this.status = status;
        this.question = question;
        this.contactFirst = contactFirst;
        this.ended = ended;
    }

    @Override
    public void run() {
        if (abandoned) {
            return;
        }
        try {
            HypervisorDriver node = status.driver();
            if (contactFirst) {
                node.version();
                contacted = true;
            }
            answer = question.apply(node);
            status.answered();
        } catch (DriverException e) {
            silence = status.failed(e);
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        ended.add(this);
    }

    /** Ends the question without asking. */
    void reject(SilentNode why) {
        silence = why;
        ended.add(this);
    }

    /** Makes sure that a question that has not begun never does: nobody waits for it any more. */
    void abandon() {
        abandoned = true;
    }

    boolean isAbandoned() {
        return abandoned;
    }

    /** Notes that the node answers: from now on the question may take its time. */
    void contacted() {
        contacted = true;
    }

    /** Whether the node is known to answer. */
    boolean isContacted() {
        return contacted;
    }

    NodeStatus status() {
        return status;
    }

    /** The answer of a question that has ended; empty if the node was silent. */
    Optional<T> answer() {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
        return Optional.ofNullable(answer);
    }

    Optional<SilentNode> silence() {
        return Optional.ofNullable(silence);
    }
}
