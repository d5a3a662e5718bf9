package dev.vmsnap.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.DriverException;
import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmRecord;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Another process keeps the database locked, works or is stopped, and lets it go or dies. */
final class LockedStoreTest {
    private static final VmId VM = VmId.of("vm-1");
    private static final VmId OTHER = VmId.of("vm-2");
    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final Duration IMPATIENCE = Duration.ofMillis(200);

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void aLockThatIsHeldForMostOfALeaseLosesNone() throws Exception {
        Path file = directory.resolve("snapshots.db");
        SetClock clock = new SetClock();
        try (JdbcStore store = JdbcStore.sqlite(file, clock);
                JdbcStore others = JdbcStore.sqlite(file, clock)) {
            List<Lease> held = List.of(acquire(store, VM, "mine"), acquire(store, OTHER, "mine too"));
            try (Child child = locking(file)) {
                clock.now = clock.now.plus(LEASE).minusSeconds(1);
                Future<Map<Lease, DriverException>> renewal = threads.submit(() -> store.renewAll(held, LEASE));
                Future<Lease> asked = threads.submit(() -> acquire(others, VM, "theirs"));
                assertThat(List.of(renewal.isDone(), asked.isDone())).containsOnly(false);
                child.goOn();

                assertThat(renewal.get(1, TimeUnit.MINUTES)).isEmpty();
                assertThat(asked.get(1, TimeUnit.MINUTES).operation()).isEqualTo("mine");
            }
            clock.now = clock.now.plus(LEASE).minusSeconds(1);
            assertThat(acquire(others, OTHER, "theirs").operation()).isEqualTo("mine too");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONT", "KILL"})
    void aStoppedProcessWithTheLockIsNamedAndTheStoreGoesOnAfterIt(String signal) throws Exception {
        Path file = directory.resolve("snapshots.db");
        Sqlite impatient = new Sqlite(SqliteFile.prepare(file), IMPATIENCE);
        try (JdbcStore store = new JdbcStore(impatient, Clock.systemUTC());
                Child child = locking(file)) {
            VmRecord saved = VmRecord.of(VM);
            child.signal("STOP");

            StoreException failure = catchThrowableOfType(StoreException.class, () -> store.save(saved));
            assertThat(failure.problem()).isEqualTo(Problem.LOCKED);
            assertThat(failure).hasMessageContaining("process " + child.pid() + " (java, stopped)");
            assertThat(failure.recovery()).contains("End or resume the process that keeps the store locked");
            assertThat(catchThrowableOfType(StoreException.class, () -> acquire(store, VM, "mine"))
                            .problem())
                    .isEqualTo(Problem.LOCKED);
            assertThat(store.all()).isEmpty();

            child.signal(signal);
            if (signal.equals("CONT")) {
                child.goOn();
            }
            child.await();
            assertThat(store.save(saved).revision()).isEqualTo(1);
            assertThat(acquire(store, VM, "mine").operation()).isEqualTo("mine");
        }
    }

    private static Child locking(Path file) throws Exception {
        Child child = Child.start("lock", file.toString());
        assertThat(child.line()).isEqualTo("locked");
        return child;
    }

    private static Lease acquire(JdbcStore store, VmId vm, String operation) {
        return store.acquire(vm, "me", Verb.CREATE, operation, LEASE, other -> false);
    }

    /** Stands where it is set. */
    private static final class SetClock extends Clock {
        private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
