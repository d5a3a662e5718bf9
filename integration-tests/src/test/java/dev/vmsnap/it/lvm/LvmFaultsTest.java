package dev.vmsnap.it.lvm;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static dev.vmsnap.it.TickingHost.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.it.Interference;
import dev.vmsnap.it.Interference.Happening;
import dev.vmsnap.it.Interference.Line;
import dev.vmsnap.it.lvm.Volumes.Space;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.storage.lvm.LvmStorage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Cuts that go wrong in the middle: nothing is left of them, and the guest is not kept waiting. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node b")
final class LvmFaultsTest {
    private static final long EXTENT = 4L << 20;

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "b");

    @Test
    void aCutThatFailsOrHangsAtTheSecondOfTwoDisksLeavesNothingBehind() {
        LvmHost host =
                LvmHost.of(lab, lab.thick("vda", 16), lab.thick("vdb", 16)).boot();
        Space before = lab.volumes().space();

        failsAt("vdb", Interference.failure(), Duration.ofSeconds(30), Reason.BROKEN, host);
        assertThat(host.tree().isEmpty()).isTrue();
        assertThat(lab.volumes().space()).isEqualTo(before);

        Happening somebodyTakesTheSpace = Interference.first(() -> leaveExtents(6));
        failsAt("vda", somebodyTakesTheSpace, Duration.ofSeconds(30), Reason.NO_SPACE, host);
        Snapshot full = host.tree().snapshots().get(0);
        assertThat(full.reason()).contains(Snapshot.Reason.NO_SPACE);
        host.delete(full);
        lab.lvm("lvremove -q -y vg_own/others");
        assertThat(lab.volumes().space()).isEqualTo(before);

        // The storage hangs until the guest ticks: it was let go, whatever the storage is doing.
        Happening storageHangs = Interference.first(host::tickOn);
        failsAt("vdb", storageHangs, Duration.ofSeconds(1), Reason.TIMEOUT, host);
        assertThat(host.tree().isEmpty()).isTrue();
        assertThat(lab.volumes().space()).isEqualTo(before);

        host.restore(host.create("after all that"));
        host.console().awaitBoot(PATIENCE);
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        host.tickOn();
    }

    private void failsAt(String disk, Happening happening, Duration deadline, Reason reason, LvmHost host) {
        VmSnapshots snapshots = lab.engine(
                Interference.at(lab.driver(), Line.with("lvcreate", "vg_own/" + disk), happening),
                builder -> builder.holdDeadline(deadline));

        assertThatThrownBy(() -> snapshots
                        .create(host.vm(), SnapshotSpec.named("fails"), ADMIN)
                        .await())
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(reason));
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        assertThat(lab.volumes().ours()).isEmpty();
    }

    /** Somebody else makes a volume of nearly all that is free. */
    private void leaveExtents(int extents) {
        long free = lab.volumes().free().get(LvmLab.GROUP) / EXTENT;
        lab.lvm("lvcreate -q -y -an -Zn -Wn -l " + (free - extents) + " -n others " + LvmLab.GROUP);
    }

    @Test
    void ramThatIsLargerThanItsPlaceIsGivenUpAndTheGuestRunsOn() {
        NodeTicker ticker = NodeTicker.of(
                        lab.node(),
                        LvmHost.guest(lab.newName(), lab.thick("vda", 16)).withMemory(64, 48))
                .createDisks()
                .define();
        LvmHost host = LvmHost.of(
                        lab,
                        ticker,
                        events -> lab.engine(stingy(LvmStorage.inVolumeGroup(LvmLab.GROUP)), b -> b.events(events)))
                .boot();
        Space before = lab.volumes().space();

        assertThatThrownBy(() -> host.createWithRam("too large"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));

        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        assertThat(lab.volumes().space()).isEqualTo(before);
        Snapshot failed = host.tree().snapshots().get(0);
        assertThat(failed.reason()).contains(Snapshot.Reason.NO_SPACE);
        host.delete(failed);
        assertThat(ticker.isRamIntact(PATIENCE)).isTrue();
    }

    /** A storage that reserves hardly anything for RAM. */
    private static StorageDriver stingy(LvmStorage storage) {
        return (StorageDriver) Proxy.newProxyInstance(
                LvmFaultsTest.class.getClassLoader(), LvmStorage.class.getInterfaces(), (proxy, method, arguments) -> {
                    try {
                        if (method.getName().equals("reserveRam")) {
                            arguments[2] = EXTENT;
                        }
                        return method.invoke(storage, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
