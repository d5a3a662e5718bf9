package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.testkit.Faults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A process is suspended in every single call to a driver or the store, right before the call has its effect. Another one
 * takes over, and the guest goes on. The first one wakes up and changes nothing.
 */
final class SuspendedTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

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
    void whereverAProcessIsSuspendedItChangesNothingAfterAnotherTookOver(Trial trial) throws Exception {
        int suspended = 0;
        for (int call = 1; ; call++) {
            Scenario scenario = trial.prepared();
            Faults.Hang hang = scenario.datacenter.faults().hangOnCall(call);
            Future<Optional<SnapshotException>> sleeper = threads.submit(verb(trial, scenario));
            if (!reached(hang, sleeper)) {
                break;
            }
            if (holdsTheLease(scenario)) {
                suspended++;
                takeOver(scenario, trial + ", call " + call, hang, sleeper);
            } else {
                hang.release();
                sleeper.get();
            }
        }
        assertThat(suspended).isGreaterThan(5);
    }

    private static void takeOver(
            Scenario scenario, String where, Faults.Hang hang, Future<Optional<SnapshotException>> sleeper)
            throws ExecutionException, InterruptedException {
        scenario.datacenter.advance(Duration.ofMinutes(5));
        VmSnapshots other = scenario.engine(b -> b);
        RecoveryReport report = other.recover(scenario.vm);
        assertThat(report.clean()).as(where + ": " + report).isTrue();
        try {
            other.create(scenario.vm, SnapshotSpec.named("theirs"), Scenario.ADMIN)
                    .await();
        } catch (RefusedException full) {
            // The limit is reached, or the guest's memory does not fit.
        }
        scenario.overwritten("written since");
        List<String> before = state(scenario, other);

        hang.release();
        Optional<SnapshotException> told = sleeper.get();

        assertThat(state(scenario, other)).as(where + ": " + told).isEqualTo(before);
        // What the other process has done can be a reason to refuse the verb before it begins.
        told.filter(e -> !(e instanceof RefusedException)).ifPresent(e -> assertThat(e)
                .as(where)
                .isInstanceOfSatisfying(
                        DriverException.class, lost -> assertThat(lost.reason()).isEqualTo(Reason.LEASE_LOST)));
    }

    private static Callable<Optional<SnapshotException>> verb(Trial trial, Scenario scenario) {
        return () -> {
            try {
                trial.verb().accept(scenario);
                return Optional.empty();
            } catch (SnapshotException e) {
                return Optional.of(e);
            }
        };
    }

    private static boolean reached(Faults.Hang hang, Future<?> sleeper) {
        for (int wait = 0; wait < PATIENCE.toMillis(); wait++) {
            if (hang.awaitReached(Duration.ofMillis(2))) {
                return true;
            }
            if (sleeper.isDone()) {
                return false;
            }
        }
        throw new AssertionError("neither hung nor done");
    }

    private static boolean holdsTheLease(Scenario scenario) {
        return scenario.datacenter.leftovers().stream().anyMatch(left -> left.startsWith("a lease on"));
    }

    /** Everything that a call of the first process could have changed. */
    private static List<String> state(Scenario scenario, VmSnapshots other) {
        List<String> state = new ArrayList<>(scenario.everyDisk());
        state.add("power " + scenario.guest.power() + ", held " + scenario.guest.isHeld() + ", frozen "
                + scenario.guest.isFrozen());
        state.add("machine state " + scenario.guest.machineState());
        Stream.of("node-1", "node-2")
                .forEach(node ->
                        state.add(node + " " + scenario.datacenter.node(node).find(scenario.vm)));
        state.add(other.tree(scenario.vm).toString());
        state.addAll(scenario.datacenter.leftovers());
        return state;
    }
}
