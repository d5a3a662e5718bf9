package dev.vmsnap.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class InMemoryVmTest {
    private static final VmId WEB = VmId.of("web-1");
    private static final SnapshotId FIRST = SnapshotId.of("first");

    private final Datacenter datacenter = new Datacenter();
    private final InMemoryHypervisor node = datacenter.node("node-1");
    private final InMemoryVm web = node.withVm("web-1", "vda", "vdb");

    @Test
    void restoringRamBringsBackRamAndDisksWithoutABoot() {
        web.remember("counting: 7");
        web.write("vda", "v1");
        node.save(WEB, volumes(), FIRST, call());
        VmConfiguration then = node.configuration(WEB);
        web.remember("counting: 9");
        web.write("vda", "broken");

        node.restore(WEB, volumes(), FIRST, then, PowerState.RUNNING, call());

        assertThat(web.ram()).isEqualTo("counting: 7");
        assertThat(web.read("vda")).isEqualTo("v1");
        assertThat(web.boots()).isZero();
    }

    @Test
    void aBootForgetsTheRam() {
        web.remember("counting: 7");

        node.stop(WEB);
        assertThatIllegalStateException().isThrownBy(web::ram);
        node.start(WEB, false);

        assertThat(web.ram()).isEmpty();
        assertThat(web.boots()).isEqualTo(1);
    }

    @Test
    void aSavedStateIsResumedByTheNextStart() {
        web.remember("counting: 7");
        web.saveState();
        assertThat(node.find(WEB).orElseThrow().savedState()).isTrue();

        node.start(WEB, false);

        assertThat(web.ram()).isEqualTo("counting: 7");
        assertThat(web.boots()).isZero();
        assertThat(node.find(WEB).orElseThrow().savedState()).isFalse();
    }

    @Test
    void aHeldGuestWritesNothing() {
        node.hold(WEB);

        assertThatIllegalStateException().isThrownBy(() -> web.write("vda", "x"));
        assertThatIllegalStateException().isThrownBy(() -> web.remember("x"));
    }

    @Test
    void aFrozenGuestWritesToNoDisk() {
        node.freeze(WEB, Duration.ofSeconds(1));

        assertThatIllegalStateException().isThrownBy(() -> web.write("vda", "x"));
        node.thaw(WEB);
        web.write("vda", "x");

        assertThat(web.read("vda")).isEqualTo("x");
        assertThat(web.freezes()).isEqualTo(1);
    }

    @Test
    void aHeldGuestCannotBeThawed() {
        node.freeze(WEB, Duration.ofSeconds(1));
        node.hold(WEB);

        assertThatThrownBy(() -> node.thaw(WEB)).isInstanceOf(DriverException.class);
        assertThat(datacenter.leftovers()).hasSize(2);
    }

    @Test
    void ramThatFindsNoRoomLeavesTheGuestRunningAndTheRoomTakenUntilReclaimed() {
        datacenter.inImage().leaveFree(10 << 20);

        assertThatThrownBy(() -> node.save(WEB, volumes(), FIRST, call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));

        assertThat(web.power()).isEqualTo(PowerState.RUNNING);
        assertThat(web.disk("vda").snapshots()).isEmpty();
        assertThat(datacenter.inImage().free()).isZero();
        node.reclaim(WEB, volumes(), call());
        assertThat(datacenter.inImage().free()).isEqualTo(10 << 20);
        assertThat(web.power()).isEqualTo(PowerState.RUNNING);
    }

    @Test
    void definingAnOldConfigurationBringsBackItsDisks() {
        VmConfiguration then = node.configuration(WEB);
        web.withFile("vdc").configure("secret=letmein").memory(5);
        VmConfiguration now = node.configuration(WEB);
        assertThat(node.differences(then, now))
                .hasSize(3)
                .anyMatch(d -> d.contains("vdc"))
                .anyMatch(d -> d.contains("memory=5"))
                .noneMatch(d -> d.contains("letmein"));
        assertThatThrownBy(() -> node.define(WEB, then)).isInstanceOf(DriverException.class);

        node.stop(WEB);
        node.define(WEB, then);

        assertThat(node.find(WEB).orElseThrow().disks())
                .extracting(VmDescription.Disk::target)
                .containsExactly("vda", "vdb");
    }

    @Test
    void aTransientVmIsGoneWhenItStops() {
        web.persistent(false);

        node.stop(WEB);

        assertThat(node.find(WEB)).isEmpty();
    }

    @Test
    void aNodeWithoutALineAnswersNothingAndItsGuestsRunOn() {
        node.disconnect();

        for (ThrowingCallable question : List.<ThrowingCallable>of(
                () -> node.find(WEB), () -> node.hold(WEB), () -> node.files().read("/a"), () -> datacenter
                        .inImage()
                        .inspect(volumes(), new TestCall(web.describe(), node)))) {
            assertThatThrownBy(question).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                    .isEqualTo(Reason.UNREACHABLE));
        }
        web.write("vda", "still here");
        node.reconnect();
        assertThat(node.find(WEB)).isPresent();
    }

    @Test
    void whatIsLeftOverIsNamed() {
        web.disk("vda").addBehindOurBack(ImageInfo.tag(FIRST));
        web.disk("vdb").addBehindOurBack("made by hand");
        web.disk("vdb").leak(5);
        node.hold(WEB);

        assertThatThrownBy(datacenter::assertNoLeftovers)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("web-1 on node-1 is held")
                .hasMessageContaining("vmsnap-first, which no record knows")
                .hasMessageContaining("leaks 5 bytes")
                .hasMessageNotContaining("made by hand");
    }

    @Test
    void anAdministratorsPauseIsNoHold() {
        web.power(PowerState.PAUSED);

        assertThat(web.isHeld()).isFalse();
        datacenter.assertNoLeftovers();
    }

    private TestCall call() {
        return new TestCall(node.find(WEB).orElseThrow(), node);
    }

    private List<Volume> volumes() {
        return List.of(volume("vda"), volume("vdb"));
    }

    private Volume volume(String target) {
        return new Volume(
                target, web.disk(target).source(), "qcow2", StorageKind.FILE, "in-image", OptionalLong.empty());
    }
}
