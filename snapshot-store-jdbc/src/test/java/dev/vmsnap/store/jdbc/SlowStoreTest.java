package dev.vmsnap.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Lease;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many operations on a database that needs long for each write. Time is what the writes take, and nothing else. */
final class SlowStoreTest {
    private static final int OPERATIONS = 64;
    private static final int WRITES = 8;
    private static final Duration ONE_WRITE = Duration.ofMillis(50);
    /** Renewing 64 leases one by one, each behind the write that has begun, takes longer than this. */
    private static final Duration LEASE = Duration.ofSeconds(6);

    @TempDir
    Path directory;

    private final WriteClock clock = new WriteClock();

    @Test
    void manyOperationsAtOnceLoseNoLease() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        Dialect real = new Sqlite(SqliteFile.prepare(directory.resolve("snapshots.db")));
        try (JdbcStore store = new JdbcStore(slow(real), clock)) {
            List<Lease> leases = new ArrayList<>();
            for (int i = 0; i < OPERATIONS; i++) {
                VmId vm = VmId.of("vm-" + i);
                String operation = "op-" + i;
                Lease lease = store.acquire(vm, "me", Verb.CREATE, operation, Duration.ofHours(1), other -> false);
                store.open(Samples.entry(vm, operation), lease);
                leases.add(lease);
            }
            assertThat(store.renewAll(leases, LEASE)).isEmpty();
            clock.renewAfter(LEASE.dividedBy(3));
            List<Future<?>> operations = leases.stream()
                    .<Future<?>>map(lease -> threads.submit(() -> {
                        for (int i = 0; i < WRITES; i++) {
                            store.note(lease.operation(), "note", "number " + i, lease);
                        }
                    }))
                    .toList();

            int rounds = 0;
            List<String> late = new ArrayList<>();
            for (; clock.awaitRenewal(() -> operations.stream().allMatch(Future::isDone)); rounds++) {
                List<Lease> before = store.leases();
                assertThat(store.renewAll(leases, LEASE)).isEmpty();
                Instant renewed = clock.instant();
                before.stream()
                        .filter(lease -> !renewed.isBefore(lease.until()))
                        .forEach(lease -> late.add(lease + " was renewed at " + renewed));
                clock.renewAfter(LEASE.dividedBy(3));
            }
            for (Future<?> operation : operations) {
                operation.get();
            }

            assertThat(rounds).isGreaterThan(3);
            assertThat(late).isEmpty();
        } finally {
            threads.shutdownNow();
        }
    }

    private Dialect slow(Dialect real) {
        return (Dialect) Proxy.newProxyInstance(
                SlowStoreTest.class.getClassLoader(), new Class<?>[] {Dialect.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("beginWriting")) {
                        clock.write();
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Goes on by one write after the other. */
    private static final class WriteClock extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");
        private Instant due = Instant.MAX;

        synchronized void write() throws InterruptedException {
            // The thread that renews has its turn at the processor, however busy the machine is.
            while (!now.isBefore(due)) {
                wait();
            }
            now = now.plus(ONE_WRITE);
            notifyAll();
        }

        synchronized void renewAfter(Duration time) {
            due = now.plus(time);
        }

        /** Waits until leases are to be renewed; false if all is written. */
        synchronized boolean awaitRenewal(BooleanSupplier written) throws InterruptedException {
            while (now.isBefore(due)) {
                if (written.getAsBoolean()) {
                    return false;
                }
                wait(10);
            }
            due = Instant.MAX;
            notifyAll();
            return true;
        }

        @Override
        public synchronized Instant instant() {
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
