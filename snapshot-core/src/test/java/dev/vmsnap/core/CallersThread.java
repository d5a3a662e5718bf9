package dev.vmsnap.core;

import dev.vmsnap.core.internal.run.NodeThreads;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;

/** Asks nodes one after the other, so that calls have the same order each time. No time passes, and nothing runs later. */
final class CallersThread implements NodeThreads {
    @Override
    public void execute(Runnable call) {
        call.run();
    }

    @Override
    public Runnable schedule(Runnable task, Duration delay) {
        return () -> {};
    }

    @Override
    public long nanoTime() {
        return 0;
    }

    @Override
    public <T> T poll(BlockingQueue<T> answers, long nanos) {
        T answer = answers.poll();
        if (answer == null) {
            throw new IllegalStateException("a call was not made");
        }
        return answer;
    }
}
