package dev.vmsnap.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TurnsTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Turns turns = new Turns();
    private final List<String> order = Collections.synchronizedList(new ArrayList<>());

    @Test
    void aRenewalGoesAheadOfAllButTheNextInTheQueue() throws Exception {
        List<Thread> threads = new ArrayList<>();
        turns.take(LONG);
        for (int i = 0; i < 20; i++) {
            threads.add(waiting(() -> turns.take(LONG), "other"));
        }
        threads.add(waiting(() -> turns.takeFirst(LONG), "renewal"));
        turns.end();
        for (Thread thread : threads) {
            thread.join(LONG.toMillis());
        }

        assertThat(order).hasSize(21);
        assertThat(order.indexOf("renewal")).isLessThanOrEqualTo(1);
    }

    @Test
    void whoWaitsTooLongIsToldThatTheStoreIsLocked() throws Exception {
        Thread holder = new Thread(() -> turns.take(LONG));
        holder.start();
        holder.join();

        StoreException failure = catchThrowableOfType(StoreException.class, () -> turns.take(Duration.ofMillis(1)));

        assertThat(failure.problem()).isEqualTo(Problem.LOCKED);
    }

    private Thread waiting(Runnable take, String name) {
        Thread thread = new Thread(() -> {
            take.run();
            order.add(name);
            turns.end();
        });
        thread.setDaemon(true);
        thread.start();
        long deadline = System.nanoTime() + LONG.toNanos();
        while (thread.getState() != Thread.State.TIMED_WAITING && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        return thread;
    }
}
