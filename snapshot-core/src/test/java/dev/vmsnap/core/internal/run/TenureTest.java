package dev.vmsnap.core.internal.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.Faults;
import dev.vmsnap.testkit.Faults.Point;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The right to change something ends before the lease does, by whichever clock is ahead. */
final class TenureTest {
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final VmId VM = VmId.of("web-1");

    private final Datacenter datacenter = new Datacenter();
    private final AtomicLong nanos = new AtomicLong();
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
    private final Tenure.Moment asked = Tenure.now(wiring, nanos::get);
    private final Lease lease = datacenter.store().acquire(VM, "me", Verb.CREATE, "operation", LEASE, holder -> false);
    private final Tenure tenure = new Tenure(wiring, lease, asked, nanos::get);

    @BeforeEach
    void withAVm() {
        datacenter.node("node-1").withVm("web-1", "vda");
        datacenter.faults().forgetCalls();
    }

    @Test
    void theStoreIsNotAskedWhileTheLeaseIsCertainlyHeld() {
        nanos.set(Duration.ofSeconds(53).toNanos());

        tenure.node("node-1").stop(VM);

        assertThat(renewals()).isZero();
    }

    @Test
    void aTenthBeforeItsEndALeaseIsRenewedFirst() {
        nanos.set(Duration.ofSeconds(54).toNanos());

        tenure.node("node-1").stop(VM);
        tenure.node("node-1").stop(VM);

        assertThat(renewals()).isEqualTo(1);
    }

    @Test
    void theOtherClockCountsWhereItIsAhead() {
        datacenter.advance(Duration.ofSeconds(55));

        tenure.storage("in-image");

        assertThat(renewals()).isEqualTo(1);
    }

    @Test
    void aHolderThatWasPassedOverCallsNothing() {
        takenOver();

        assertRefused(() -> tenure.node("node-1"));
        assertRefused(() -> tenure.nodeToLetGo("node-1"));
        assertRefused(() -> tenure.storage("in-image"));
        assertRefused(() -> tenure.call(seen(), "node-1"));
        assertThat(tenure.isOver()).isTrue();
    }

    @Test
    void aDriverAsksAgainAtTheLastMoment() {
        var node = tenure.node("node-1");
        var call = tenure.call(seen(), "node-1");
        takenOver();

        assertRefused(() -> node.stop(VM));
        assertRefused(call::remaining);
        assertThat(seen().power().isActive()).isTrue();
    }

    @Test
    void aSilentStoreKeepsNoGuestHeld() {
        nanos.set(Duration.ofMinutes(2).toNanos());
        datacenter.faults().failOn(Point.STORE_RENEW).with(Reason.UNREACHABLE);

        assertRefused(() -> tenure.node("node-1"));
        assertThat(tenure.nodeToLetGo("node-1")).isSameAs(datacenter.node("node-1"));
        assertThat(tenure.isOver()).isFalse();
    }

    @Test
    void aLeaseThatWasGivenBackIsOver() {
        var node = tenure.node("node-1");
        tenure.end();

        assertRefused(() -> node.stop(VM));
        assertRefused(() -> tenure.nodeToLetGo("node-1"));
    }

    @Test
    void itKnowsWhetherTheStepMayHaveChangedAnything() {
        tenure.stepBegins();
        var node = tenure.node("node-1");
        takenOver();
        assertRefused(() -> node.stop(VM));
        assertThat(tenure.mayHaveChanged()).isFalse();
    }

    @Test
    void aStepOfWhichOneCallWasMadeMayHaveChangedSomething() {
        tenure.stepBegins();
        var node = tenure.node("node-1");
        node.stop(VM);
        takenOver();
        assertRefused(() -> node.start(VM, false));
        assertThat(tenure.mayHaveChanged()).isTrue();
    }

    private VmDescription seen() {
        return datacenter.node("node-1").find(VM).orElseThrow();
    }

    private void takenOver() {
        datacenter.advance(Duration.ofMinutes(5));
        datacenter.store().acquire(VM, "other", Verb.RECOVER, "theirs", LEASE, holder -> false);
    }

    private long renewals() {
        return datacenter.faults().calls().stream()
                .map(Faults.Call::point)
                .filter(Point.STORE_RENEW::equals)
                .count();
    }

    private static void assertRefused(ThrowingCallable call) {
        DriverException refused = catchThrowableOfType(DriverException.class, call);
        assertThat(refused).isNotNull();
        assertThat(refused.reason()).isEqualTo(Reason.LEASE_LOST);
    }
}
