package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Actor;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.Faults.Hang;
import dev.vmsnap.testkit.Faults.Point;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** An engine is closed while nodes or its store do not answer: they cost their time once, not for each part. */
final class ClosingBesideTroubleTest {
    private static final Actor ADMIN = Actor.administrator("ada");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Datacenter datacenter = new Datacenter();

    @Test
    void nodesAreClosedSideBySide() {
        CyclicBarrier together = new CyclicBarrier(3);
        AtomicInteger closed = new AtomicInteger();
        SnapshotEngine.Builder builder =
                SnapshotEngine.builder().storage(datacenter.inImage()).store(datacenter.store());
        for (String name : List.of("node-1", "node-2", "node-3")) {
            builder.node(name, at(HypervisorDriver.class, datacenter.node(name), "close", () -> {
                together.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                closed.incrementAndGet();
            }));
        }

        builder.build().close();

        assertThat(closed).hasValue(3);
    }

    @Test
    void aLockedStoreIsAskedOnceToTakeBackLeases() {
        AtomicInteger asked = new AtomicInteger();
        ExecutorService threads = Executors.newCachedThreadPool();
        VmSnapshots closing = SnapshotEngine.builder()
                .node("node-1", datacenter.node("node-1"))
                .storage(datacenter.inImage())
                .store(at(SnapshotStore.class, datacenter.store(), "release", () -> {
                    asked.incrementAndGet();
                    throw new StoreException("store", Problem.LOCKED, "the store is kept locked");
                }))
                .clock(datacenter.clock())
                .executor(threads)
                .holdDeadline(Duration.ofMillis(100))
                .build();
        List<Hang> hangs = Stream.of(1, 2)
                .map(call -> datacenter
                        .faults()
                        .failOn(Point.IMAGES_CUT)
                        .onCall(call)
                        .hangUntilReleased())
                .toList();
        for (String name : List.of("web", "db")) {
            closing.create(datacenter.node("node-1").withVm(name, "vda").id(), SnapshotSpec.named("never"), ADMIN);
        }
        assertThat(hangs).allMatch(hang -> hang.awaitReached(PATIENCE));

        closing.close();

        assertThat(asked).hasValue(1);
        assertThat(datacenter.store().leases()).hasSize(2);
        hangs.forEach(Hang::release);
        threads.shutdown();
    }

    private interface Trouble {
        void happen() throws Exception;
    }

    /** Something that has trouble in place of one of its calls. */
    private static <T> T at(Class<T> type, T sound, String call, Trouble trouble) {
        return type.cast(Proxy.newProxyInstance(
                ClosingBesideTroubleTest.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (method.getName().equals(call)) {
                        trouble.happen();
                        return null;
                    }
                    try {
                        return method.invoke(sound, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
