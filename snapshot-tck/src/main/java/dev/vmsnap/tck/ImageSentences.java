package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.HypervisorDriver.Hold;
import dev.vmsnap.spi.HypervisorDriver.InImageRam;
import dev.vmsnap.spi.HypervisorDriver.InImageSnapshots;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VmConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a hypervisor driver must keep that claims snapshots, or RAM, inside the images of active VMs. */
abstract class ImageSentences extends ReversionSentences {

    @Test
    @DisplayName("in-image snapshots: the images of a fresh VM are told, and hold none")
    final void theImagesOfAFreshVmHoldNone() {
        in(InImageSnapshots.class);
        VmId vm = runningVm();

        assertThat(snapshots().images(vm)).extracting(ImageInfo::target).containsExactly("vda", "vdb");
        assertTags(vm);
    }

    @Test
    @DisplayName("in-image snapshots: a cut is in every image, without RAM, and the guest runs on")
    final void aCutIsInEveryImage() {
        in(InImageSnapshots.class);
        VmId vm = runningVm();
        lab().remember(vm, "r1");

        Duration pause = cut(vm, FIRST);

        assertThat(pause).as("pause").isGreaterThanOrEqualTo(Duration.ZERO);
        assertTags(vm, FIRST);
        assertThat(entries(vm)).allMatch(entry -> entry.ramBytes() == 0);
        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
    }

    @Test
    @DisplayName("in-image snapshots: a cut of a held guest leaves it held")
    final void aCutOfAHeldGuestLeavesItHeld() {
        in(InImageSnapshots.class);
        VmId vm = runningVm();
        in(Hold.class).hold(vm);

        cut(vm, FIRST);

        assertTags(vm, FIRST);
        assertPower(vm, PowerState.PAUSED);
    }

    @Test
    @DisplayName("in-image snapshots: a cut that fails in one image is in none, and the guest runs on")
    final void aCutThatFailsInOneImageIsInNone() {
        in(InImageSnapshots.class);
        VmId vm = runningVm();
        Volume stranger =
                new Volume("vdz", "/nowhere/vdz.qcow2", "qcow2", StorageKind.FILE, "contract", OptionalLong.empty());
        List<Volume> volumes =
                Stream.concat(volumes(vm).stream(), Stream.of(stranger)).toList();

        assertThat(catchThrowable(() -> snapshots().cut(vm, volumes, FIRST, call(vm))))
                .isInstanceOf(RuntimeException.class);

        assertTags(vm);
        assertPower(vm, PowerState.RUNNING);
    }

    @Test
    @DisplayName("in-image snapshots: a delete takes away the one that is named, from every image, and no other")
    final void aDeleteTakesAwayTheOneThatIsNamed() {
        in(InImageSnapshots.class);
        VmId vm = runningVm();
        cut(vm, FIRST);
        cut(vm, SECOND);

        for (int i = 0; i < REPEATS; i++) {
            snapshots().delete(vm, volumes(vm), FIRST, call(vm));
        }

        assertTags(vm, SECOND);
        assertPower(vm, PowerState.RUNNING);
    }

    @Test
    @DisplayName("in-image snapshots: deleting one that never was is no error")
    final void deletingOneThatNeverWasIsNoError() {
        in(InImageSnapshots.class);
        VmId vm = runningVm();

        snapshots().delete(vm, volumes(vm), FIRST, call(vm));

        assertTags(vm);
    }

    @Test
    @DisplayName("in-image snapshots: ids as short and as long as can be are told apart")
    final void idsOfAllLengthsAreToldApart() {
        in(InImageSnapshots.class);
        VmId vm = runningVm();
        SnapshotId shortest = SnapshotId.of("a");
        SnapshotId longest = SnapshotId.of("a".repeat(40));
        cut(vm, shortest);
        cut(vm, longest);
        assertTags(vm, shortest, longest);

        snapshots().delete(vm, volumes(vm), shortest, call(vm));

        assertTags(vm, longest);
    }

    @Test
    @DisplayName("in-image snapshots: reclaim keeps snapshots and contents, and the guest runs on")
    final void reclaimKeepsSnapshotsAndContents() {
        in(InImageSnapshots.class);
        VmId vm = runningVm();
        lab().write(vm, "vda", "a1");
        cut(vm, FIRST);

        snapshots().reclaim(vm, volumes(vm), call(vm));

        assertTags(vm, FIRST);
        assertContent(vm, "vda", "a1");
        assertPower(vm, PowerState.RUNNING);
    }

    @Test
    @DisplayName("in-image RAM: a save is in every image, with the RAM in the first, and the guest runs on")
    final void aSaveIsInEveryImage() {
        in(InImageRam.class);
        VmId vm = runningVm();
        lab().remember(vm, "r1");

        Duration pause = save(vm, FIRST);

        assertThat(pause).isPositive();
        assertTags(vm, FIRST);
        assertThat(entries(vm).get(0).ramBytes()).isPositive();
        assertThat(entries(vm).get(1).ramBytes()).isZero();
        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
    }

    @Test
    @DisplayName("in-image RAM: a save of a held guest takes no pause and leaves it held")
    final void aSaveOfAHeldGuestLeavesItHeld() {
        in(InImageRam.class);
        VmId vm = runningVm();
        in(Hold.class).hold(vm);

        assertThat(save(vm, FIRST)).isZero();

        assertTags(vm, FIRST);
        assertPower(vm, PowerState.PAUSED);
    }

    @Test
    @DisplayName("in-image RAM: a restore continues RAM and disks where they were")
    final void aRestoreContinuesRamAndDisks() {
        in(InImageRam.class);
        VmId vm = savedVm();

        restore(vm, FIRST, PowerState.RUNNING);

        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
        assertContent(vm, "vda", "a1");
        assertContent(vm, "vdb", "b1");
    }

    @Test
    @DisplayName("in-image RAM: a restore starts a VM that is off")
    final void aRestoreStartsAVmThatIsOff() {
        in(InImageRam.class);
        VmId vm = savedVm();
        driver().stop(vm);

        restore(vm, FIRST, PowerState.RUNNING);

        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
        assertContent(vm, "vda", "a1");
    }

    @Test
    @DisplayName("in-image RAM: a restore can end with the guest paused, and its RAM there")
    final void aRestoreCanEndPaused() {
        in(InImageRam.class);
        VmId vm = savedVm();

        restore(vm, FIRST, PowerState.PAUSED);

        assertPower(vm, PowerState.PAUSED);
        in(Hold.class).release(vm);
        assertRemembers(vm, "r1");
    }

    @Test
    @DisplayName("in-image RAM: a restore goes to any snapshot, twice, and keeps every snapshot")
    final void aRestoreGoesToAnySnapshot() {
        in(InImageRam.class);
        VmId vm = savedVm();
        save(vm, SECOND);

        for (int i = 0; i < 2; i++) {
            restore(vm, FIRST, PowerState.RUNNING);
            assertRemembers(vm, "r1");
            assertContent(vm, "vda", "a1");
            restore(vm, SECOND, PowerState.RUNNING);
            assertRemembers(vm, "r2");
            assertContent(vm, "vda", "a2");
        }

        assertTags(vm, FIRST, SECOND);
    }

    @Test
    @DisplayName("in-image RAM: a restore to a snapshot that is not there fails")
    final void aRestoreToWhatIsNotThereFails() {
        in(InImageRam.class);
        VmId vm = savedVm();

        assertFails(() -> restore(vm, SECOND, PowerState.RUNNING));

        assertTags(vm, FIRST);
    }

    @Test
    @DisplayName("in-image RAM: a save that fails leaves the guest running, and no snapshot")
    final void aSaveThatFailsLeavesTheGuestRunning() {
        in(InImageRam.class);
        VmId vm = runningVm();
        lab().remember(vm, "r1");
        lab().makeSaveFail(vm);

        assertFails(() -> save(vm, FIRST));

        assertPower(vm, PowerState.RUNNING);
        assertRemembers(vm, "r1");
        assertTags(vm);
    }

    @Test
    @DisplayName("in-image RAM: a save that fails leaves a held guest held")
    final void aSaveThatFailsLeavesAHeldGuestHeld() {
        in(InImageRam.class);
        VmId vm = runningVm();
        lab().makeSaveFail(vm);
        in(Hold.class).hold(vm);

        assertFails(() -> save(vm, FIRST));

        assertPower(vm, PowerState.PAUSED);
    }

    private VmId savedVm() {
        VmId vm = runningVm();
        lab().remember(vm, "r1");
        lab().write(vm, "vda", "a1");
        lab().write(vm, "vdb", "b1");
        save(vm, FIRST);
        lab().remember(vm, "r2");
        lab().write(vm, "vda", "a2");
        lab().write(vm, "vdb", "b2");
        return vm;
    }

    private InImageSnapshots snapshots() {
        return in(InImageSnapshots.class);
    }

    private Duration cut(VmId vm, SnapshotId id) {
        return snapshots().cut(vm, volumes(vm), id, call(vm));
    }

    private Duration save(VmId vm, SnapshotId id) {
        return in(InImageRam.class).save(vm, volumes(vm), id, call(vm));
    }

    private void restore(VmId vm, SnapshotId id, PowerState power) {
        VmConfiguration configuration = driver().configuration(vm);
        in(InImageRam.class).restore(vm, volumes(vm), id, configuration, power, call(vm));
    }

    private List<ImageInfo.Entry> entries(VmId vm) {
        return snapshots().images(vm).stream()
                .flatMap(image -> image.snapshots().stream())
                .toList();
    }

    private void assertTags(VmId vm, SnapshotId... ids) {
        List<String> tags = Stream.of(ids).map(ImageInfo::tag).toList();
        assertThat(snapshots().images(vm)).as("what the images hold").hasSize(2).allSatisfy(image -> assertThat(
                        image.snapshots())
                .extracting(ImageInfo.Entry::name)
                .containsExactlyInAnyOrderElementsOf(tags));
    }
}
