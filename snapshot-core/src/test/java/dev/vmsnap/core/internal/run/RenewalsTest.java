package dev.vmsnap.core.internal.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.Faults;
import dev.vmsnap.testkit.Faults.Point;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** All leases of an engine are renewed by one call to the store, and each one's loss is its own. */
final class RenewalsTest {
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final int MANY = 64;

    private final Datacenter datacenter = new Datacenter();
    private final Wiring wiring = new Wiring(
            Map.of("node-1", datacenter.node("node-1")),
            Map.of("in-image", datacenter.inImage()),
            datacenter.store(),
            Runnable::run,
            false,
            NodeThreads.DAEMONS,
            datacenter.clock(),
            () -> SnapshotId.of("s"),
            () -> "operation",
            event -> {},
            SnapshotSettings.DEFAULT,
            OptionalLong.empty(),
            1,
            new Wiring.Limits(Duration.ZERO, LEASE, LEASE, LEASE, LEASE));
    private final List<Runnable> planned = new ArrayList<>();
    private final List<Duration> delays = new ArrayList<>();
    private final AtomicInteger cancelled = new AtomicInteger();
    private final Renewals renewals = new Renewals(wiring, byHand());
    private final List<Tenure> tenures = new ArrayList<>();

    @BeforeEach
    void holdManyLeases() {
        for (int i = 0; i < MANY; i++) {
            Tenure.Moment asked = Tenure.now(wiring, System::nanoTime);
            Tenure tenure = new Tenure(
                    wiring,
                    datacenter.store().acquire(vm(i), "me", Verb.CREATE, "mine-" + i, LEASE, holder -> false),
                    asked,
                    System::nanoTime);
            tenures.add(tenure);
            renewals.add(tenure);
        }
        datacenter.faults().forgetCalls();
    }

    @Test
    void manyLeasesAreRenewedByOneCall() {
        datacenter.advance(Duration.ofSeconds(50));
        round();
        datacenter.advance(Duration.ofSeconds(50));

        assertThat(datacenter.faults().calls()).extracting(Faults.Call::point).containsExactly(Point.STORE_RENEW);
        assertThat(IntStream.range(0, MANY)).allMatch(i -> holder(i).equals("mine-" + i));
    }

    @Test
    void aRenewalOfAllSparesEachOperationAnother() {
        datacenter.advance(Duration.ofSeconds(50));
        round();
        datacenter.advance(Duration.ofSeconds(20));
        tenures.forEach(tenure -> tenure.storage("in-image"));

        assertThat(datacenter.faults().calls()).hasSize(1);
    }

    @Test
    void aLeaseThatAnotherHasIsLostForItselfAlone() {
        datacenter.advance(LEASE.multipliedBy(2));
        datacenter.store().acquire(vm(7), "other", Verb.RECOVER, "theirs", LEASE, holder -> false);
        round();

        assertThat(tenures).filteredOn(Tenure::isOver).containsExactly(tenures.get(7));
        assertThat(IntStream.range(0, MANY).filter(i -> !holder(i).equals("mine-" + i)))
                .containsExactly(7);
        datacenter.faults().forgetCalls();
        round();
        assertThat(datacenter.faults().calls().get(0).subject().split(","))
                .hasSize(MANY - 1)
                .doesNotContain(vm(7).value());
    }

    @Test
    void aRoundThatFailsIsRepeatedSoon() {
        datacenter.faults().failOn(Point.STORE_RENEW).onCall(1).with(Reason.UNREACHABLE);
        round();
        round();

        assertThat(delays.get(0)).isEqualTo(LEASE.dividedBy(3));
        assertThat(delays.get(1)).isLessThanOrEqualTo(LEASE.dividedBy(30));
        assertThat(delays.get(2)).isGreaterThan(LEASE.dividedBy(30));
        assertThat(tenures).noneMatch(Tenure::isOver);
    }

    @Test
    void theRoundsEndWithTheLastLeaseAndBeginWithTheNext() {
        tenures.subList(1, MANY).forEach(tenure -> renewals.remove(tenure.lease()));
        assertThat(cancelled).hasValue(0);
        renewals.remove(tenures.get(0).lease());
        assertThat(cancelled).hasValue(1);
        assertThat(planned).hasSize(1);

        renewals.add(tenures.get(0));

        assertThat(planned).hasSize(2);
    }

    /** Runs the round that is planned. */
    private void round() {
        planned.get(planned.size() - 1).run();
    }

    private String holder(int i) {
        return datacenter
                .store()
                .acquire(vm(i), "asker", Verb.EDIT, "asked-" + i, LEASE, holder -> false)
                .operation();
    }

    private static VmId vm(int i) {
        return VmId.of("vm-" + i);
    }

    /** Runs nothing by itself, and notes what is planned. */
    private ScheduledExecutorService byHand() {
        return proxy(ScheduledExecutorService.class, (method, arguments) -> {
            assertThat(method).isEqualTo("schedule");
            planned.add((Runnable) arguments[0]);
            delays.add(Duration.of((long) arguments[1], ((TimeUnit) arguments[2]).toChronoUnit()));
            return proxy(ScheduledFuture.class, (call, none) -> {
                assertThat(call).isEqualTo("cancel");
                cancelled.incrementAndGet();
                return true;
            });
        });
    }

    private interface Answer {
        Object to(String method, Object[] arguments);
    }

    private static <T> T proxy(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                RenewalsTest.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answer.to(method.getName(), arguments)));
    }
}
