package dev.vmsnap.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import java.util.List;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class InMemoryStorageTest {
    private static final long ONE_GIB = 1L << 30;
    private static final VmId WEB = VmId.of("web-1");
    private static final SnapshotId FIRST = SnapshotId.of("first");

    private final Datacenter datacenter = new Datacenter();
    private final InMemoryHypervisor node = datacenter.node("node-1");
    private final InMemoryVm web = node.withVm("web-1")
            .withLogicalVolume("vda")
            .withLogicalVolume("vdb")
            .withFile("vdc")
            .withRbd("vdd");
    private final InMemoryStorage beside = datacenter.beside();
    private final InMemoryStorage inImage = datacenter.inImage();

    @Test
    void eachDiskIsClaimedByItsStorageOrByNone() {
        assertThat(node.find(WEB).orElseThrow().disks())
                .extracting(disk -> beside.claim(disk, call()).or(() -> inImage.claim(disk, call())))
                .extracting(kind -> kind.map(StorageKind::name).orElse("none"))
                .containsExactly("LOCAL_LVM", "LOCAL_LVM", "FILE", "none");
    }

    @Test
    void aRunningGuestIsNotCutUnlessItIsHeld() {
        assertThatIllegalStateException().isThrownBy(() -> beside.cut(volumes(), FIRST, call()));

        node.hold(WEB);
        beside.cut(volumes(), FIRST, call());

        assertThat(web.disk("vda").snapshots()).containsExactly("vmsnap-first");
    }

    @Test
    void aSnapshotBesideTheVolumeTakesTheVolumesSize() {
        beside.leaveFree(3 * ONE_GIB);
        web.power(PowerState.OFF);

        beside.cut(volumes(), FIRST, call());
        assertThat(beside.free()).isEqualTo(ONE_GIB);
        beside.delete(volumes(), FIRST, call());
        assertThat(beside.free()).isEqualTo(3 * ONE_GIB);
    }

    @Test
    void whatIsReservedIsNotFreeAndIsUsedByTheCut() {
        beside.leaveFree(2 * ONE_GIB);
        web.power(PowerState.OFF);

        beside.prepare(volumes(), FIRST, call());
        assertThat(beside.free()).isZero();
        assertThat(datacenter.leftovers()).hasSize(2).allMatch(what -> what.contains("reserved"));
        beside.cut(volumes(), FIRST, call());

        assertThat(beside.free()).isZero();
    }

    @Test
    void whenSpaceRunsOutOnTheSecondVolumeTheFirstHoldsNothing() {
        beside.leaveFree(ONE_GIB);
        web.power(PowerState.OFF);

        assertFails(Reason.NO_SPACE, () -> beside.prepare(volumes(), FIRST, call()));
        assertFails(Reason.NO_SPACE, () -> beside.cut(volumes(), FIRST, call()));

        assertThat(beside.free()).isEqualTo(ONE_GIB);
        datacenter.assertNoLeftovers();
    }

    @Test
    void aCrashBetweenTwoVolumesLeavesTheFirstPartBehind() {
        web.power(PowerState.OFF);
        datacenter.faults().crashOn(Point.STORAGE_CUT).at(Moment.HALFWAY).onCall(1);

        assertThatThrownBy(() -> beside.cut(volumes(), FIRST, call())).isInstanceOf(SimulatedCrash.class);
        datacenter.reboot();

        assertThat(web.disk("vda").snapshots()).containsExactly("vmsnap-first");
        assertThat(web.disk("vdb").snapshots()).isEmpty();
        assertThat(datacenter.leftovers()).hasSize(1);
    }

    @Test
    void aFailureBetweenTwoVolumesIsUndone() {
        web.power(PowerState.OFF);
        datacenter.faults().failOn(Point.STORAGE_CUT).at(Moment.HALFWAY).with(Reason.BROKEN);

        assertFails(Reason.BROKEN, () -> beside.cut(volumes(), FIRST, call()));

        datacenter.assertNoLeftovers();
    }

    @Test
    void aDeleteThatFailsHalfwayHasDeletedAPart() {
        web.power(PowerState.OFF);
        beside.cut(volumes(), FIRST, call());
        datacenter
                .faults()
                .failOn(Point.STORAGE_DELETE)
                .at(Moment.HALFWAY)
                .onCall(1)
                .with(Reason.IN_USE);

        assertFails(Reason.IN_USE, () -> beside.delete(volumes(), FIRST, call()));

        assertThat(web.disk("vda").snapshots()).isEmpty();
        assertThat(web.disk("vdb").snapshots()).hasSize(1);
    }

    @Test
    void anImageInUseIsNotTouched() {
        assertFails(Reason.IN_USE, () -> inImage.cut(file(), FIRST, call()));
        web.power(PowerState.OFF);
        web.disk("vdc").openElsewhere(true);
        assertFails(Reason.IN_USE, () -> inImage.cut(file(), FIRST, call()));
        web.disk("vdc").openElsewhere(false);

        inImage.cut(file(), FIRST, call());
        node.start(WEB, false);
        assertFails(Reason.IN_USE, () -> inImage.delete(file(), FIRST, call()));
    }

    @Test
    void whatTheHypervisorCutTheStorageRestores() {
        web.write("vdc", "v1");
        node.cut(WEB, file(), FIRST, call());
        web.write("vdc", "v2");
        node.stop(WEB);

        inImage.restore(file(), FIRST, call());

        assertThat(web.read("vdc")).isEqualTo("v1");
    }

    @Test
    void whatStandsAgainstAnImageIsTold() {
        web.disk("vdc").bitmaps("backup-1");
        web.disk("vdc").addBehindOurBack("by hand");

        VolumeState.Seen state = seen();

        assertThat(state.objectionsTo(Verb.RESTORE)).hasSize(1);
        assertThat(state.objectionsTo(Verb.CREATE)).isEmpty();
        assertThat(state.notices()).hasSize(2);
        assertThat(state.foreign()).containsExactly("by hand");
    }

    @Test
    void whatIsRemovedBehindOurBackIsMissing() {
        web.power(PowerState.OFF);
        inImage.cut(file(), FIRST, call());

        web.disk("vdc").removeBehindOurBack(FIRST);

        assertThat(seen().snapshots()).isEmpty();
        assertFails(Reason.MISSING, () -> inImage.restore(file(), FIRST, call()));
    }

    @Test
    void volumesOfAnotherStorageAreAMistake() {
        assertThatIllegalArgumentException().isThrownBy(() -> inImage.inspect(volumes(), call()));
    }

    private static void assertFails(Reason reason, ThrowingCallable verb) {
        assertThatThrownBy(verb).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
    }

    private TestCall call() {
        return new TestCall(node.find(WEB).orElseThrow(), node);
    }

    private List<Volume> volumes() {
        return List.of(volume("vda", "raw", beside), volume("vdb", "raw", beside));
    }

    private List<Volume> file() {
        return List.of(volume("vdc", "qcow2", inImage));
    }

    private VolumeState.Seen seen() {
        return inImage.inspect(file(), call()).get(0).asSeen().orElseThrow();
    }

    private Volume volume(String target, String format, InMemoryStorage storage) {
        return new Volume(
                target, web.disk(target).source(), format, StorageKind.FILE, storage.id(), OptionalLong.empty());
    }
}
