package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.BusyException;
import dev.vmsnap.testkit.Faults;
import dev.vmsnap.testkit.Faults.Call;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The store stalls in every single call to it for almost as long as a lease lasts, and then goes on: no verb loses its
 * lease. {@link SuspendedTest} has what follows if it takes longer.
 */
final class StalledStoreTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration STALL = Duration.ofSeconds(58);

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    static Stream<Trial> trials() {
        return Trial.all();
    }

    @ParameterizedTest
    @MethodSource("trials")
    void aStallThatIsShorterThanTheLeaseLosesNothing(Trial trial) throws Exception {
        int stalls = 0;
        for (int call = 1; ; call++) {
            Scenario scenario = trial.prepared();
            scenario.datacenter.faults().forgetCalls();
            Faults.Hang hang = scenario.datacenter.faults().hangOnCall(call);
            Future<?> verb = threads.submit(() -> trial.verb().accept(scenario));
            if (!reached(hang, verb)) {
                break;
            }
            if (isInTheStore(scenario) && holdsTheLease(scenario)) {
                stalls++;
                scenario.datacenter.advance(STALL);
                assertBusy(scenario);
            }
            hang.release();
            verb.get();
            scenario.datacenter.assertNoLeftovers();
        }
        assertThat(stalls).isGreaterThan(4);
    }

    private static void assertBusy(Scenario scenario) {
        assertThatThrownBy(() -> scenario.engine(b -> b).deleteAll(scenario.vm, Scenario.ADMIN))
                .isInstanceOf(BusyException.class);
    }

    private static boolean isInTheStore(Scenario scenario) {
        List<Call> calls = scenario.datacenter.faults().calls();
        return calls.get(calls.size() - 1).point().name().startsWith("STORE_");
    }

    private static boolean holdsTheLease(Scenario scenario) {
        return !scenario.datacenter.store().leases().isEmpty();
    }

    private static boolean reached(Faults.Hang hang, Future<?> verb) {
        for (int wait = 0; wait < PATIENCE.toMillis(); wait++) {
            if (hang.awaitReached(Duration.ofMillis(2))) {
                return true;
            }
            if (verb.isDone()) {
                return false;
            }
        }
        throw new AssertionError("neither hung nor done");
    }
}
