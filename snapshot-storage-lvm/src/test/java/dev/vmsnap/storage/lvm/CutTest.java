package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.Bench.FIRST;
import static dev.vmsnap.storage.lvm.Bench.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class CutTest {
    private final Bench bench = new Bench();

    @Test
    void disksInItsGroupsAreItsOwnWithoutAskingTheNode() {
        assertThat(claim(Device.DISK, SourceType.BLOCK, "/dev/vg/a")).contains(StorageKind.LOCAL_LVM);
        assertThat(claim(Device.DISK, SourceType.BLOCK, "/dev/mapper/vg-a")).contains(StorageKind.LOCAL_LVM);
        assertThat(claim(Device.DISK, SourceType.FILE, "/dev/vg/a")).isEmpty();
        assertThat(claim(Device.CDROM, SourceType.BLOCK, "/dev/vg/a")).isEmpty();
        assertThat(LvmStorage.inSharedVolumeGroup("vg").claim(disk(Device.DISK, SourceType.BLOCK, "/dev/vg/a"), bench))
                .contains(StorageKind.NETWORK_LVM);
        assertThat(bench.lvm.processes).isEmpty();
    }

    @Test
    void theCutOfAllDisksIsOneProcess() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thick("b"), bench.thin("c"), bench.thin("d"));
        bench.driver.prepare(volumes, FIRST, bench);
        bench.lvm.processes.clear();

        bench.driver.cut(volumes, FIRST, bench);

        assertThat(bench.lvm.processes).containsExactly("lvm");
        assertThat(bench.lvm.names())
                .contains(
                        bench.part(volumes.get(0), FIRST),
                        bench.part(volumes.get(1), FIRST),
                        bench.part(volumes.get(2), FIRST),
                        bench.part(volumes.get(3), FIRST));
    }

    @Test
    void eachPartIsReadOnlyAndSaysWhoseItIs() {
        Volume volume = bench.thin("a");

        bench.cut(List.of(volume), FIRST);

        SimulatedVolume part = bench.lvm.get(bench.part(volume, FIRST));
        assertThat(part.readOnly).isTrue();
        assertThat(part.active).isFalse();
        assertThat(part.tags).containsExactly("vmsnap=test-store/" + Bench.VM + "/1");
    }

    @Test
    void aCutWithoutPreparationIsTheSame() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thin("b"));

        bench.driver.cut(volumes, FIRST, bench);
        bench.lvm.ran.clear();
        bench.driver.cut(volumes, FIRST, bench);

        assertThat(bench.lvm.ran).isEmpty();
        assertThat(bench.inspect(volumes.get(1)).snapshots()).containsOnlyKeys(FIRST);
    }

    @Test
    void whatWasPreparedForOtherVolumesIsNotUsed() {
        Volume a = bench.thick("a");
        Volume b = bench.thick("b");
        bench.driver.prepare(List.of(a), FIRST, bench);

        bench.driver.cut(List.of(b), FIRST, bench);

        assertThat(bench.lvm.names()).contains(bench.part(b, FIRST)).doesNotContain(bench.part(a, FIRST));
    }

    @Test
    void aCutThatFailsHalfwayLeavesNothing() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thick("b"));
        bench.driver.prepare(volumes, FIRST, bench);
        bench.lvm.failures.put(bench.part(volumes.get(1), FIRST), "device-mapper: reload ioctl failed");

        assertThatThrownBy(() -> bench.driver.cut(volumes, FIRST, bench))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("reload ioctl failed")
                .hasMessageNotContaining("NOT backed up");

        assertThat(bench.lvm.names()).containsExactly("a", "b");
    }

    @Test
    void aHalfThatAnInterruptedCutHasLeftIsTakenAnew() {
        Volume a = bench.thick("a");
        Volume b = bench.thick("b");
        bench.lvm.write("a", "torn", 1);
        bench.cut(List.of(a), FIRST);
        bench.lvm.write("a", "whole", 1);

        bench.cut(List.of(a, b), FIRST);

        assertThat(bench.lvm.get(bench.part(a, FIRST)).content).isEqualTo("whole");
        assertThat(bench.lvm.names()).contains(bench.part(b, FIRST));
    }

    @Test
    void roomThatIsMissingIsSaidBeforeTheGuestIsHeld() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thick("b"));
        bench.lvm.totalExtents = 8 + 5 + 4;

        assertFails(Reason.NO_SPACE, () -> bench.driver.prepare(volumes, FIRST, bench));

        assertThat(bench.lvm.ran).isEmpty();
        bench.lvm.totalExtents++;
        bench.driver.prepare(volumes, FIRST, bench);
    }

    @Test
    void smallerRoomIsTakenByChoice() {
        Volume volume = bench.thick("a");
        bench.driver = bench.driver(new Room(25));

        bench.cut(List.of(volume), FIRST);

        assertThat(bench.lvm.get(bench.part(volume, FIRST)).extents).isEqualTo(1);
    }

    @Test
    void aPoolThatIsFullOrBrokenIsSaidBefore() {
        List<Volume> volumes = List.of(bench.thin("a"));
        bench.lvm.get("pool").dataPercent = 100;
        assertFails(Reason.NO_SPACE, () -> bench.driver.prepare(volumes, FIRST, bench));
        bench.lvm.get("pool").dataPercent = 50;
        bench.lvm.get("pool").metadataPercent = 75;
        assertFails(Reason.NO_SPACE, () -> bench.driver.prepare(volumes, FIRST, bench));
        bench.lvm.get("pool").metadataPercent = 50;
        bench.lvm.get("pool").health = 'M';
        assertFails(Reason.BROKEN, () -> bench.driver.prepare(volumes, FIRST, bench));
    }

    @Test
    void aCutThatIsCancelledBeforeItTakesNothing() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.driver.prepare(volumes, FIRST, bench);
        bench.cancelled = true;

        assertThatThrownBy(() -> bench.driver.cut(volumes, FIRST, bench)).isInstanceOf(CancelledException.class);

        assertThat(bench.lvm.names()).containsExactly("a");
    }

    @Test
    void aNameThatSomethingElseHasIsNotTaken() {
        Volume volume = bench.thick("a");
        bench.lvm.linear(bench.part(volume, FIRST), 1).content = "theirs";

        assertFails(Reason.BROKEN, () -> bench.cut(List.of(volume), FIRST));

        assertThat(bench.lvm.get(bench.part(volume, FIRST)).content).isEqualTo("theirs");
        assertThat(bench.inspect(volume).foreign()).containsExactly(bench.part(volume, FIRST));
    }

    @Test
    void aNameThatIsTooLongIsSaidBefore() {
        String longest = "x".repeat(120);
        Volume volume = bench.thick(longest);

        assertFails(Reason.BROKEN, () -> bench.driver.prepare(List.of(volume), FIRST, bench));

        assertThat(bench.lvm.ran).isEmpty();
    }

    @Test
    void longNamesGoWithoutAScript() {
        bench.vm = VmId.of("v".repeat(128));
        List<Volume> volumes = List.of(bench.thick("a".repeat(60)), bench.thick("b".repeat(60)));
        SnapshotId id = SnapshotId.of("a".repeat(40));
        bench.driver.prepare(volumes, id, bench);
        bench.lvm.processes.clear();

        bench.driver.cut(volumes, id, bench);

        assertThat(bench.lvm.processes).containsExactly("lvcreate", "lvcreate");
    }

    @Test
    void whoseLeaseIsOlderChangesNothing() {
        Volume volume = bench.thick("a");
        bench.epoch = 7;
        bench.cut(List.of(volume), FIRST);
        bench.epoch = 6;
        bench.lvm.ran.clear();

        assertFails(Reason.LEASE_LOST, () -> bench.driver.prepare(List.of(volume), SECOND, bench));
        assertFails(Reason.LEASE_LOST, () -> bench.driver.cut(List.of(volume), SECOND, bench));
        assertFails(Reason.LEASE_LOST, () -> bench.driver.restore(List.of(volume), FIRST, bench));
        assertFails(Reason.LEASE_LOST, () -> bench.driver.delete(List.of(volume), FIRST, bench));
        assertFails(Reason.LEASE_LOST, () -> bench.driver.reclaim(List.of(volume), bench));
        assertFails(Reason.LEASE_LOST, () -> bench.driver.reserveRam(List.of(volume), FIRST, 1, bench));

        assertThat(bench.lvm.ran).isEmpty();
        bench.epoch = 0;
        assertThat(bench.inspect(volume).snapshots()).containsOnlyKeys(FIRST);
    }

    @Test
    void whatAnotherStoreOrVmHasTakenIsForeign() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        String theirs = bench.part(volume, FIRST);
        bench.store = "other-store";
        bench.epoch = 0;

        assertThat(bench.inspect(volume).snapshots()).isEmpty();
        assertThat(bench.inspect(volume).foreign()).isEmpty();
        assertThat(bench.inspect(volume).notices())
                .filteredOn(notice -> notice.code() == Notice.Code.OTHER_STORE)
                .singleElement()
                .satisfies(notice -> assertThat(notice.message()).contains("test-store", theirs));
        bench.driver.delete(List.of(volume), FIRST, bench);
        bench.driver.reclaim(List.of(volume), bench);
        assertFails(Reason.MISSING, () -> bench.driver.restore(List.of(volume), FIRST, bench));

        assertThat(bench.lvm.names()).containsExactly("a", theirs);
    }

    @Test
    void whileAnEarlierCommandIsAtWorkNothingBegins() {
        Volume volume = bench.thick("a");
        bench.lvm.isLocked = true;

        assertFails(Reason.IN_USE, () -> bench.driver.prepare(List.of(volume), FIRST, bench));
        assertFails(Reason.IN_USE, () -> bench.driver.restore(List.of(volume), FIRST, bench));
        assertThat(bench.inspect(volume).objections()).isEmpty();
    }

    private Optional<StorageKind> claim(Device device, SourceType type, String source) {
        return bench.driver.claim(disk(device, type, source), bench);
    }

    private static VmDescription.Disk disk(Device device, SourceType type, String source) {
        return new VmDescription.Disk("vda", device, type, Optional.of(source), Optional.of("raw"));
    }

    static void assertFails(Reason reason, ThrowingCallable verb) {
        assertThatThrownBy(verb).isInstanceOfSatisfying(DriverException.class, failure -> {
            assertThat(failure.reason()).as(failure.getMessage()).isEqualTo(reason);
            assertThat(failure.driver()).isEqualTo("lvm");
        });
    }
}
