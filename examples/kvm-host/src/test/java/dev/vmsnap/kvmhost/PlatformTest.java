package dev.vmsnap.kvmhost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.InMemoryVm;
import dev.vmsnap.testkit.SimulatedCrash;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The example on in-memory drivers: what people are told when it goes well and when it does not. */
final class PlatformTest {
    private static final Actor ADA = Actor.administrator("ada");
    private static final Actor BOB = Actor.user("bob");

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    private final Datacenter datacenter = new Datacenter();
    private final InMemoryVm web = datacenter.node("node-1").withVm("web-1", "vda");
    private final VmId vm = web.id();
    private final Platform platform = platform();

    @BeforeEach
    void ramMayBeSaved() {
        assertThat(platform.allowRam(vm, ADA)).isTrue();
    }

    @AfterEach
    void nothingIsLeftBehind() {
        datacenter.faults().clear();
        datacenter.assertNoLeftovers();
    }

    @Test
    void theTourEndsAsItBegan() {
        web.write("vda", "v1");
        web.remember("counting");

        assertThat(KvmHost.tour(platform, vm)).isTrue();

        assertThat(web.read("vda")).isEqualTo("v1");
        assertThat(web.ram()).isEqualTo("counting");
        assertThat(platform.snapshots(vm)).isEmpty();
        assertThat(said()).contains("100 % done").contains("CONFIGURATION_LOCKED");
    }

    @Test
    void aGuestGoesOnWhereItWas() {
        web.write("vda", "v1");
        web.remember("counting");
        SnapshotId before = taken("before upgrade").id();
        web.write("vda", "broken");
        web.remember("panic");

        assertThat(platform.restore(vm, before, ADA)).isPresent();

        assertThat(web.read("vda")).isEqualTo("v1");
        assertThat(web.ram()).isEqualTo("counting");
    }

    @Test
    void aVmWithoutSnapshotsMayBeReconfigured() {
        assertThat(platform.mayChangeMemory(vm, ADA)).isTrue();

        taken("lock");

        assertThat(platform.mayChangeMemory(vm, ADA)).isFalse();
        assertThat(said()).contains("CONFIGURATION_LOCKED: ").contains("Delete the VM's snapshots first");
    }

    @Test
    void aRefusalIsShownWithItsRemedy() {
        assertThat(platform.snapshotWithRam(vm, "mine", BOB)).isEmpty();

        assertThat(said()).contains("USERS_NOT_ALLOWED: ").contains("administrator");
    }

    @Test
    void whoIsBusyIsShown() {
        Lease other = datacenter
                .store()
                .acquire(vm, "another process", Verb.RESTORE, "operation-7", Duration.ofHours(1), lease -> false);

        assertThat(platform.snapshotWithRam(vm, "too early", ADA)).isEmpty();

        assertThat(said()).contains("Busy since ").contains(" with RESTORE.");
        datacenter.store().release(other);
    }

    @Test
    void whatADriverCouldNotDoIsUndoneAndShown() {
        datacenter.faults().failOn(Point.RAM_SAVE).onCall(1).with(Reason.TIMEOUT);

        assertThat(platform.snapshotWithRam(vm, "fails", ADA)).isEmpty();

        assertThat(said()).contains("in-memory failed (TIMEOUT): ").contains("overloaded");
        assertThat(platform.snapshots(vm)).isEmpty();
    }

    @Test
    void whatIsLeftIsShownAndRecovered() {
        Snapshot before = taken("before");
        datacenter.faults().failOn(Point.RAM_RESTORE).onCall(1).with(Reason.UNREACHABLE);

        assertThat(platform.restore(vm, before.id(), ADA)).isEmpty();

        assertThat(said()).contains("LEFT: bring RAM and disks back");
        assertThat(platform.recover().recovered())
                .extracting(Recovered::outcome)
                .containsExactly(Outcome.FINISHED);
    }

    @Test
    void whatADeadProcessLeftIsUndoneAtTheNextStart() {
        datacenter.faults().crashOn(Point.RAM_SAVE).at(Moment.AFTER).onCall(1);
        assertThatThrownBy(() -> platform.snapshotWithRam(vm, "dies", ADA)).isInstanceOf(SimulatedCrash.class);
        datacenter.reboot();
        datacenter.advance(Duration.ofMinutes(5));

        Platform next = platform();

        assertThat(next.recover().recovered()).extracting(Recovered::outcome).containsExactly(Outcome.UNDONE);
        assertThat(said()).contains("CREATE on web-1: UNDONE");
        assertThat(next.snapshots(vm)).isEmpty();
    }

    private Snapshot taken(String name) {
        Optional<Snapshot> snapshot = platform.snapshotWithRam(vm, name, ADA);
        assertThat(snapshot).as(said()).isPresent();
        return snapshot.orElseThrow();
    }

    private Platform platform() {
        return new Platform(
                SnapshotEngine.builder()
                        .node("node-1", datacenter.node("node-1"))
                        .storage(datacenter.inImage())
                        .store(datacenter.store())
                        .clock(datacenter.clock())
                        .build(),
                out);
    }

    private String said() {
        return written.toString(StandardCharsets.UTF_8);
    }
}
