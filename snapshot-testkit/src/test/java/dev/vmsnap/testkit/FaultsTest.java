package dev.vmsnap.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class FaultsTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final VmId WEB = VmId.of("web-1");

    private final Datacenter datacenter = new Datacenter();
    private final Faults faults = datacenter.faults();
    private final InMemoryHypervisor node = datacenter.node("node-1");
    private final InMemoryVm web = node.withVm("web-1", "vda");

    @Test
    void aFailureStrikesOnlyTheCallOfThatNumber() {
        faults.failOn(Point.HYPERVISOR_HOLD).onCall(2).with(Reason.TIMEOUT);

        node.hold(WEB);
        assertThatThrownBy(() -> node.hold(WEB))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT));
        node.hold(WEB);
    }

    @Test
    void aFailureWithoutANumberStrikesUntilItIsTakenBack() {
        faults.failOn(Point.HYPERVISOR_STOP).with(Reason.BROKEN);

        assertThatThrownBy(() -> node.stop(WEB)).isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> node.stop(WEB)).isInstanceOf(DriverException.class);
        faults.clear();
        node.stop(WEB);

        assertThat(web.power()).isEqualTo(PowerState.OFF);
    }

    @Test
    void aFailureAfterTheEffectLosesOnlyTheAnswer() {
        faults.failOn(Point.STORE_SAVE).at(Moment.AFTER).onCall(1).with(Reason.UNREACHABLE);

        assertThatThrownBy(() -> datacenter.store().save(VmRecord.of(WEB))).isInstanceOf(DriverException.class);

        assertThat(datacenter.store().find(WEB)).isPresent();
    }

    @Test
    void afterACrashNoFakeHasAnyEffectUntilTheReboot() {
        faults.crashOn(Point.HYPERVISOR_RELEASE).onCall(1);
        node.hold(WEB);

        assertThatThrownBy(() -> node.release(WEB)).isInstanceOf(SimulatedCrash.class);
        assertThatThrownBy(() -> node.stop(WEB)).isInstanceOf(SimulatedCrash.class);
        assertThatThrownBy(() -> datacenter.store().save(VmRecord.of(WEB))).isInstanceOf(SimulatedCrash.class);
        assertThatThrownBy(() -> node.files().write("/a", new byte[1])).isInstanceOf(SimulatedCrash.class);
        assertThat(web.isHeld()).isTrue();

        datacenter.reboot();
        assertThat(datacenter.store().find(WEB)).isEmpty();
        node.release(WEB);
        assertThat(web.isHeld()).isFalse();
    }

    @Test
    void aRunCanBeCrashedBeforeAndAfterEachOfItsCalls() {
        node.hold(WEB);
        node.release(WEB);
        int calls = faults.calls().size();
        assertThat(calls).isEqualTo(2);

        List<Boolean> heldAfterCrash = new ArrayList<>();
        for (int n = 1; n <= calls; n++) {
            for (Moment moment : List.of(Moment.BEFORE, Moment.AFTER)) {
                faults.crashOnCall(n, moment);
                assertThatThrownBy(() -> {
                            node.hold(WEB);
                            node.release(WEB);
                        })
                        .isInstanceOf(SimulatedCrash.class);
                heldAfterCrash.add(web.isHeld());
                datacenter.reboot();
                node.release(WEB);
            }
        }
        assertThat(heldAfterCrash).containsExactly(false, true, true, false);
    }

    @Test
    void aCallThatHangsGoesOnWhenReleased() throws Exception {
        Faults.Hang hang = faults.failOn(Point.HYPERVISOR_HOLD).onCall(1).hangUntilReleased();
        CompletableFuture<Void> call = CompletableFuture.runAsync(() -> node.hold(WEB));

        assertThat(hang.awaitReached(DEADLINE)).isTrue();
        assertThat(web.isHeld()).isFalse();
        hang.release();
        call.get(20, TimeUnit.SECONDS);

        assertThat(web.isHeld()).isTrue();
    }

    @Test
    void aCallThatHangsDiesWithItsProcess() {
        Faults.Hang hang = faults.failOn(Point.HYPERVISOR_HOLD).onCall(1).hangUntilReleased();
        CompletableFuture<Void> call = CompletableFuture.runAsync(() -> node.hold(WEB));
        assertThat(hang.awaitReached(DEADLINE)).isTrue();

        datacenter.reboot();

        assertThatThrownBy(call::join).isInstanceOf(CompletionException.class).hasCauseInstanceOf(SimulatedCrash.class);
        assertThat(web.isHeld()).isFalse();
    }

    @Test
    void nobodyHangsWhereNoHangWasReached() {
        Faults.Hang hang = faults.failOn(Point.HYPERVISOR_HOLD).onCall(2).hangUntilReleased();
        node.hold(WEB);

        assertThat(hang.awaitReached(Duration.ZERO)).isFalse();
    }

    @Test
    void everyCallIsOneMillisecondLaterThanTheOneBefore() {
        node.hold(WEB);
        node.release(WEB);

        assertThat(web.holds()).isEqualTo(1);
        assertThat(web.heldFor()).isEqualTo(Duration.ofMillis(1));
    }
}
