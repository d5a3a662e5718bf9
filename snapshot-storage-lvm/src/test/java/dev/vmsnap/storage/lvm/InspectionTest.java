package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.Bench.FIRST;
import static dev.vmsnap.storage.lvm.Bench.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class InspectionTest {
    private static final long EXTENT = SimulatedLvm.EXTENT;

    private final Bench bench = new Bench();

    @Test
    void oneLookTellsOfAllVolumes() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thin("b"));
        bench.cut(volumes, FIRST);
        bench.lvm.processes.clear();

        List<VolumeState.Seen> states = bench.inspect(volumes);

        assertThat(bench.lvm.processes).containsExactly("lvs");
        assertThat(states).extracting(VolumeState.Seen::store).containsExactly("vg", "vg/pool");
        assertThat(states).allSatisfy(state -> assertThat(state.objections()).isEmpty());
        assertThat(states).allSatisfy(state -> assertThat(state.notices()).isEmpty());
    }

    @Test
    void figuresOfAThickVolume() {
        Volume volume = bench.thick("a");

        VolumeState.Seen state = bench.inspect(volume);

        assertThat(state.volume().virtualBytes()).hasValue(4 * EXTENT);
        assertThat(state.freeBytes()).isEqualTo(96 * EXTENT);
        assertThat(state.neededBytes()).isEqualTo(5 * EXTENT);
    }

    @Test
    void figuresOfAThinVolume() {
        Volume volume = bench.thin("a");
        bench.lvm.get("pool").dataPercent = 25;

        VolumeState.Seen state = bench.inspect(volume);

        assertThat(state.freeBytes()).isEqualTo(12 * EXTENT);
        assertThat(state.neededBytes()).isZero();
    }

    @Test
    void aPartWithLittleRoomTellsHowFullItIs() {
        Volume volume = bench.thick("a");
        bench.driver = bench.driver(new Room(75));
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 2);

        VolumeState.Part part = part(volume);

        assertThat(part.roomBytes()).isEqualTo(OptionalLong.of(3 * EXTENT));
        assertThat(part.usedBytes().orElse(0)).isBetween(2 * EXTENT, 2 * EXTENT + 2000);
        assertThat(part.flaw()).isEmpty();
        assertThat(bench.inspect(volume).notices())
                .extracting(Notice::code)
                .containsExactly(Notice.Code.SPACE_MAY_RUN_OUT);
    }

    @Test
    void aPartThatCannotOverflowHasNoLimit() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 4);

        assertThat(part(volume).roomBytes()).isEmpty();
        assertThat(part(volume).usedBytes()).hasValue(4 * EXTENT);
        assertThat(bench.inspect(volume).notices()).isEmpty();
    }

    @Test
    void aPartThatIsInactiveIsNotThoughtBroken() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.get("a").active = false;
        bench.lvm.get(bench.part(volume, FIRST)).active = false;

        assertThat(part(volume).usedBytes()).isEmpty();
        assertThat(part(volume).flaw()).isEmpty();
    }

    @Test
    void aPartThatHasOverflownIsLost() {
        Volume volume = bench.thick("a");
        bench.driver = bench.driver(new Room(25));
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 2);

        assertThat(part(volume).flaw()).contains(Snapshot.Reason.OVERFLOWN);
        assertThat(bench.inspect(volume).objectionsTo(Verb.DELETE)).isEmpty();
    }

    @Test
    void aPartThatIsNoSnapshotAnyMoreIsDamaged() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        String name = bench.part(volume, FIRST);
        SimulatedVolume split = bench.lvm.linear(name, 1);
        split.tags.add(Owner.of(bench).tag());

        assertThat(part(volume).flaw()).contains(Snapshot.Reason.DAMAGED);
    }

    @Test
    void aFormatThatIsNotRaw() {
        bench.thick("a");
        Volume volume = new Volume("vda", "/dev/vg/a", "qcow2", StorageKind.LOCAL_LVM, "lvm", OptionalLong.empty());

        assertCodes(volume, Verb.CREATE, Code.FORMAT_UNSUPPORTED);
    }

    @Test
    void aGroupThatIsNotAsItWasNamed() {
        Volume volume = bench.thick("a");
        bench.lvm.lockType = "sanlock";
        assertCodes(volume, Verb.CREATE, Code.STORAGE_UNSUPPORTED);

        bench.driver = bench.sharedDriver();
        assertCodes(volume, Verb.CREATE);
        bench.lvm.lockType = "";
        assertCodes(volume, Verb.CREATE, Code.STORAGE_UNSUPPORTED);
    }

    @Test
    void aGroupThatLacksADiskOrMayOnlyBeRead() {
        Volume volume = bench.thick("a");
        bench.lvm.groupAttributes = "wz-pn-";
        assertCodes(volume, Verb.CREATE, Code.IMAGE_UNUSABLE);
        bench.lvm.groupAttributes = "rz--n-";
        assertCodes(volume, Verb.RESTORE, Code.IMAGE_UNUSABLE);
    }

    @Test
    void aVolumeThatIsPartOfSomethingElse() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);

        assertCodes(Bench.volume(bench.part(volume, FIRST)), Verb.CREATE, Code.STORAGE_UNSUPPORTED);
        bench.thin("b");
        assertCodes(Bench.volume("pool"), Verb.CREATE, Code.STORAGE_UNSUPPORTED);
    }

    @Test
    void aVolumeThatIsOpenThoughTheVmIsOff() {
        Volume volume = bench.thick("a");
        bench.lvm.get("a").open = true;

        assertCodes(volume, Verb.RESTORE, Code.IMAGE_IN_USE);
        assertCodes(volume, Verb.CREATE);
        bench.power = PowerState.RUNNING;
        assertCodes(volume, Verb.RESTORE);
    }

    @Test
    void aVolumeThatIsInactiveThoughTheVmRuns() {
        Volume volume = bench.thick("a");
        bench.lvm.get("a").active = false;
        assertCodes(volume, Verb.CREATE);
        bench.power = PowerState.RUNNING;
        assertCodes(volume, Verb.CREATE, Code.IMAGE_UNUSABLE);

        bench.lvm.lockType = "sanlock";
        bench.driver = bench.sharedDriver();
        assertCodes(volume, Verb.CREATE, Code.VOLUME_ELSEWHERE);
    }

    @Test
    void aNameThatIsTooLong() {
        Volume volume = bench.thick("x".repeat(121));

        assertCodes(volume, Verb.CREATE, Code.DRIVER_REFUSED);
    }

    @Test
    void aPoolInTrouble() {
        Volume volume = bench.thin("a");
        SimulatedVolume pool = bench.lvm.get("pool");
        pool.dataPercent = 87;
        assertCodes(volume, Verb.CREATE);
        assertThat(bench.inspect(volume).notices()).singleElement().satisfies(notice -> assertThat(notice.message())
                .contains("87 % full"));
        pool.dataPercent = 100;
        pool.health = 'D';
        assertCodes(volume, Verb.CREATE, Code.NO_SPACE);
        assertCodes(volume, Verb.RESTORE, Code.NO_SPACE);
        assertCodes(volume, Verb.DELETE);
        pool.health = 'M';
        assertCodes(volume, Verb.CREATE, Code.IMAGE_UNUSABLE);
    }

    @Test
    void aVolumeThatIsSuspendedIsReported() {
        Volume volume = bench.thick("a");
        bench.lvm.get("a").suspended = true;

        assertCodes(volume, Verb.CREATE);
        assertThat(bench.inspect(volume).notices()).singleElement().satisfies(notice -> {
            assertThat(notice.code()).isEqualTo(Notice.Code.VOLUME_SUSPENDED);
            assertThat(notice.message()).contains("suspended", "dmsetup resume vg-a");
        });
    }

    @Test
    void aVolumeThatAVolumeCachesHasNoSnapshots() {
        Volume volume = bench.thick("a");
        bench.lvm.get("a").type = "cache";
        bench.lvm.get("a").pool = bench.lvm.linear("a_cvol", 1);
        assertCodes(volume, Verb.CREATE, Code.STORAGE_UNSUPPORTED);
        assertCodes(volume, Verb.RESTORE);

        bench.lvm.get("a").type = "writecache";
        assertCodes(volume, Verb.CREATE);
        bench.lvm.get("a").type = "cache";
        bench.lvm.get("a_cvol").type = "cache-pool";
        assertCodes(volume, Verb.CREATE);
    }

    @Test
    void snapshotsThatTheStoreMadeForAnotherVmAreNotForeign() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.vm = VmId.of("another-vm");

        assertThat(bench.inspect(volume).snapshots()).isEmpty();
        assertThat(bench.inspect(volume).foreign()).isEmpty();
        assertThat(bench.inspect(volume).notices()).singleElement().satisfies(notice -> {
            assertThat(notice.code()).isEqualTo(Notice.Code.IMAGE_SHARED);
            assertThat(notice.message()).contains(Bench.VM.value());
        });
    }

    @Test
    void snapshotsOfAVolumeThatWasRenamedAreNotForeign() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        SimulatedVolume renamed = bench.lvm.volumes.remove("a");
        renamed.name = "b";
        bench.lvm.volumes.put("b", renamed);

        assertThat(bench.inspect(Bench.volume("b")).foreign()).isEmpty();
        assertThat(bench.inspect(Bench.volume("b")).notices()).isEmpty();
    }

    @Test
    void snapshotsOfAnotherStoreAreCalledSo() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.store = "other-store";

        assertThat(bench.inspect(volume).notices()).extracting(Notice::code).containsExactly(Notice.Code.OTHER_STORE);
        assertThat(bench.inspect(volume).notices().get(0).message())
                .contains("vg/" + Names.part(new LvPath("vg", "a"), FIRST).name());
        assertThat(bench.inspect(volume).foreign()).isEmpty();
    }

    @Test
    void snapshotsOfOthersAreSaidAndLeftAlone() {
        Volume volume = bench.thick("a");
        SimulatedVolume theirs = new SimulatedVolume(SimulatedVolume.Kind.THICK_SNAPSHOT, "backup", 1);
        theirs.origin = bench.lvm.get("a");
        bench.lvm.volumes.put("backup", theirs);

        assertThat(bench.inspect(volume).foreign()).containsExactly("backup");
        assertThat(bench.inspect(volume).notices())
                .extracting(Notice::code)
                .containsExactly(Notice.Code.FOREIGN_SNAPSHOTS);
    }

    @Test
    void ramThatIsNotKeptYetIsCountedByThoseWhoLookClosely() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), SECOND);
        bench.driver.reserveRam(List.of(volume), SECOND, EXTENT, bench);

        assertThat(bench.inspect(volume).leakedBytes()).isZero();
        assertThat(bench.examine(volume).leakedBytes()).isEqualTo(EXTENT);
    }

    @Test
    void deletingAThickSnapshotGivesItsRoomBackAndItsRam() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 1);
        bench.cut(List.of(volume), SECOND);
        bench.driver.reserveRam(List.of(volume), FIRST, 2 * EXTENT, bench);
        assertThat(part(volume).freedBytes()).as("RAM is not there yet").hasValue(5 * EXTENT);
        bench.driver.keepRam(List.of(volume), FIRST, EXTENT + 1, bench);
        long before = free(volume);

        VolumeState.Part first = part(volume);

        assertThat(first.ramBytes()).isEqualTo(EXTENT + 1);
        assertThat(first.usedBytes()).as("of its room").hasValue(EXTENT);
        assertThat(bench.inspect(volume).snapshotBytes()).hasValue((5 + 2 + 5) * EXTENT);
        bench.driver.delete(List.of(volume), FIRST, bench);
        assertThat(free(volume) - before)
                .isEqualTo(first.freedBytes().orElseThrow())
                .isEqualTo(7 * EXTENT);
        assertThat(bench.inspect(volume).snapshotBytes()).hasValue(5 * EXTENT);
        bench.driver.delete(List.of(volume), SECOND, bench);
        assertThat(bench.inspect(volume).snapshotBytes()).hasValue(0);
    }

    @Test
    void aThickSnapshotThatIsInactiveGivesBackAsMuch() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.get(bench.part(volume, FIRST)).active = false;

        assertThat(part(volume).freedBytes()).hasValue(5 * EXTENT);
        assertThat(bench.inspect(volume).snapshotBytes()).hasValue(5 * EXTENT);
    }

    @Test
    void thickSnapshotsOfOthersTakeSpaceToo() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        SimulatedVolume theirs = new SimulatedVolume(SimulatedVolume.Kind.THICK_SNAPSHOT, "backup", 3);
        theirs.origin = bench.lvm.get("a");
        bench.lvm.volumes.put("backup", theirs);

        assertThat(bench.inspect(volume).snapshotBytes()).hasValue((5 + 3) * EXTENT);
    }

    @Test
    void whatThinSnapshotsShareIsNotKnown() {
        Volume volume = bench.thin("a");
        assertThat(bench.inspect(volume).snapshotBytes()).hasValue(0);
        bench.cut(List.of(volume), FIRST);
        bench.driver.reserveRam(List.of(volume), FIRST, EXTENT, bench);
        bench.driver.keepRam(List.of(volume), FIRST, EXTENT, bench);
        bench.lvm.get(bench.part(volume, FIRST)).dataPercent = 50;

        assertThat(part(volume)).isEqualTo(VolumeState.Part.whole(EXTENT));
        assertThat(bench.examine(volume).snapshotBytes()).isEmpty();
    }

    private long free(Volume volume) {
        return bench.inspect(volume).freeBytes();
    }

    private VolumeState.Part part(Volume volume) {
        return Optional.ofNullable(bench.inspect(volume).snapshots().get(FIRST)).orElseThrow();
    }

    private void assertCodes(Volume volume, Verb verb, Code... codes) {
        assertThat(bench.inspect(volume).objectionsTo(verb))
                .as("objections to %s", verb)
                .extracting(Refusal::code)
                .containsExactly(codes);
    }
}
