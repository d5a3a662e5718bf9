package dev.vmsnap.storage.nas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.storage.nas.FakeNas.Ran;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the driver says of a volume in each state that an export can be in. */
final class LookTest {
    private static final String REMEMBERED = FakeNas.EXPORT + "/vm/vda.qcow2";

    private final FakeNas nas = new FakeNas();
    private final NasStorage storage = new NasStorage();
    private final Volume disk = nas.disk("vda");

    @Test
    void aVolumeIsSeenWithItsExportAndTheSpaceThereAndItsSnapshots() {
        SnapshotId id = SnapshotId.of("s1");
        nas.image(disk).snapshots.add(FakeNas.tag(id));

        VolumeState.Seen state = seen(disk);

        assertThat(state.volume().location()).contains(REMEMBERED);
        assertThat(state.store()).isEqualTo(FakeNas.EXPORT);
        assertThat(state.freeBytes()).isEqualTo(500 * 4096);
        assertThat(state.snapshots()).containsOnlyKeys(id);
        assertThat(state.objections()).isEmpty();
    }

    @Test
    void anExportThatIsNotMountedIsAwayAndItsPlaceIsNotTouched() {
        nas.mounted = false;

        assertAway(disk.at(REMEMBERED), "is not mounted");
        assertThat(nas.ran).isEmpty();
    }

    @Test
    void anExportThatIsMountedInItsPlaceIsNotTouched() {
        nas.source = "other:/export";

        assertAway(disk.at(REMEMBERED), "leads to other:/export/vm/vda.qcow2 now");
        assertThat(nas.ran).isEmpty();
    }

    @Test
    void anExportUnderAnotherNameIsTheSameWhenTheHostSaysSo() {
        nas.source = "10.0.0.7:/export";
        NasStorage told = storage.sameExport(FakeNas.EXPORT + "/", "10.0.0.7:/export");

        assertThat(look(told, disk.at(REMEMBERED)).isUnknown()).isFalse();
        nas.source = FakeNas.EXPORT;
        assertThat(look(told, disk.at("10.0.0.7:/export/vm/vda.qcow2")).isUnknown())
                .isFalse();
        nas.source = "10.0.0.8:/export";
        assertThat(look(told, disk.at(REMEMBERED)).isUnknown()).isTrue();
    }

    @Test
    void aServerThatDoesNotAnswerIsAskedOnceAndIsAway() {
        nas.silent = true;

        assertAway(disk, "does not answer within 10 s");
        assertThat(nas.ran).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "Stale file handle, does not know any more what is mounted",
        "Permission denied, denies access",
        "Input/output error, answers 'Input/output error'",
        "Host is down, answers 'Host is down'"
    })
    void anExportThatCannotBeLookedAtIsAwayWithTheReason(String said, String told) {
        nas.trouble = Optional.of(said);

        assertAway(disk, told);
    }

    @Test
    void aServerThatGoesBetweenTheTwoLooksIsAway() {
        nas.before("qemu-img", () -> nas.silent = true);

        assertAway(disk, "does not answer");
    }

    @Test
    void aToolThatHangsWhileTheServerAnswersProvesNothingAndHangsNoLongerThanTheLook() {
        nas.answer("qemu-img", new Result(137, "", ""));

        assertAway(disk, "10000 ms");
    }

    @Test
    void anImageWhoseNameIsGoneIsStillTheRunningVmsImage() {
        nas.vm.power(PowerState.RUNNING);
        nas.images.remove(disk.source());

        VolumeState state = look(disk);

        assertThat(state.asSeen()).isPresent();
        assertThat(state.notices()).extracting(Notice::code).contains(Notice.Code.IMAGE_DETACHED);
        assertThat(codes(state, Verb.CREATE)).doesNotContain(Code.STORAGE_READ_ONLY);
    }

    @Test
    void anImageWhoseNameIsGoneIsAbsentWhileTheVmIsOff() {
        nas.images.remove(disk.source());

        assertThat(look(disk)).isInstanceOf(VolumeState.Absent.class);
    }

    @Test
    void aToolThatTheNodeLacksIsNamed() {
        nas.answer("qemu-img", new Result(127, "", "qemu-img: not found"));

        VolumeState state = look(disk);

        assertThat(state.isUnknown()).isTrue();
        assertThat(codes(state, Verb.DELETE)).containsExactly(Code.DRIVER_REFUSED);
        assertThat(state.objectionsTo(Verb.DELETE).get(0).message()).contains("qemu-img");
    }

    @Test
    void whatIsNoFileIsNeverOpened() {
        nas.image(disk).place = "odd";

        VolumeState state = look(disk);

        assertThat(state.isUnknown()).isTrue();
        assertThat(codes(state, Verb.RESTORE)).containsExactly(Code.IMAGE_UNUSABLE);
        assertThat(nas.ran).noneMatch(command -> command.with("qemu-img"));
    }

    @Test
    void anotherNameOfAnExportIsToldSoThatItCanBeTyped() {
        nas.source = "10.0.0.7:/export";

        assertThat(look(disk.at(REMEMBERED)).objectionsTo(Verb.CREATE).get(0).data())
                .containsEntry("sameExport", FakeNas.EXPORT + "=10.0.0.7:/export");
    }

    @Test
    void anImageThatIsMissingIsLostWhileTheRecordsBesideItAreThere() {
        nas.images.clear();

        VolumeState state = look(disk.at(REMEMBERED));

        assertThat(state).isInstanceOf(VolumeState.Absent.class);
        assertThat(codes(state, Verb.RESTORE)).containsExactly(Code.IMAGE_UNUSABLE);
        assertThat(codes(state, Verb.DELETE)).isEmpty();
    }

    @Test
    void aNodeThatDoesNotAnswerProvesNothing() {
        nas.before("sh", () -> {
            throw new DriverException("node", DriverException.Reason.UNREACHABLE, "ssh: no route");
        });

        assertAway(disk, "no route");
    }

    @Test
    void anImageThatIsMissingTogetherWithTheRecordsIsProbablyOnAnotherExport() {
        nas.images.clear();
        nas.recorded = false;

        assertAway(disk.at(REMEMBERED), "is missing and the records beside it as well");
    }

    @Test
    void anImageOfAVmThatIsGoneIsLostOnlyWithTheSameProof() {
        nas.images.clear();
        nas.recorded = false;
        nas.vm.detach("vda");

        assertAway(disk.at(REMEMBERED), "probably not the export that it was");
    }

    @Test
    void anImageThatIsMissingBecauseTheExportWasUnmountedIsAway() {
        nas.images.clear();
        nas.before("sh", () -> nas.mounted = false);

        assertAway(disk.at(REMEMBERED), "is not mounted");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Input/output error",
                "Stale file handle",
                "Permission denied",
                "Failed to lock byte 100: No locks available",
                "Required key not available",
                "No such file or directory",
                ""
            })
    void anImageThatIsThereButCannotBeReadIsNotLost(String said) {
        nas.answer("qemu-img", new Result(1, "", "qemu-img: Could not open 'x': " + said));

        assertAway(disk, said);
    }

    @Test
    void anImageThatItsUserMayNotReadIsAway() {
        nas.image(disk).access = "a";
        nas.image(disk).owner = "64055:64055";

        assertAway(disk, "cannot be read by user 64055");
    }

    @Test
    void aLinkThatLeadsAwayFromTheExportIsNotFollowed() {
        nas.image(disk).place = "out";

        VolumeState state = look(disk);

        assertThat(codes(state, Verb.CREATE)).containsExactly(Code.IMAGE_UNUSABLE);
        assertThat(nas.ran).noneMatch(command -> command.with("qemu-img"));
    }

    @ParameterizedTest
    @EnumSource(names = {"CREATE", "RESTORE", "DELETE", "DELETE_ALL"})
    void aReadOnlyMountStandsAgainstWhatWrites(Verb verb) {
        nas.options = Set.of("ro");

        VolumeState state = look(disk);

        assertThat(codes(state, verb)).containsExactly(Code.STORAGE_READ_ONLY);
        assertThat(state.isUnknown()).isFalse();
        assertThat(codes(state, Verb.MIGRATE)).isEmpty();
    }

    @Test
    void anExportThatTheServerLetsNobodyWriteToIsReadOnlyToo() {
        nas.image(disk).access = "ar";

        assertThat(codes(look(disk), Verb.CREATE)).containsExactly(Code.STORAGE_READ_ONLY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nolock", "local_lock=all", "local_lock=posix"})
    void locksThatHoldOnThisNodeAloneAreWarnedOf(String option) {
        nas.options = Set.of("rw", option);

        assertThat(look(disk).notices()).extracting(Notice::code).containsExactly(Notice.Code.LOCAL_LOCKS);
        assertThat(seen(disk).objections()).isEmpty();
        nas.options = Set.of("rw", "local_lock=none");
        assertThat(look(disk).notices()).isEmpty();
    }

    @Test
    void aDiskInThePageCacheIsWarnedOf() {
        Volume cached = nas.cachedDisk("vdb");

        assertThat(look(cached).notices()).extracting(Notice::code).containsExactly(Notice.Code.PAGE_CACHED);
        assertThat(seen(cached).objections()).isEmpty();
        assertThat(look(disk).notices()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"soft", "softerr"})
    void aSoftMountIsWarnedOf(String option) {
        nas.options = Set.of("rw", option);

        assertThat(look(disk).notices()).extracting(Notice::code).containsExactly(Notice.Code.SOFT_MOUNT);
        assertThat(seen(disk).objections()).isEmpty();
    }

    @Test
    void imagesOfAnActiveVmAreLeftToTheHypervisor() {
        nas.vm.power(PowerState.RUNNING);

        assertThat(look(disk)).isInstanceOf(VolumeState.Seen.class);

        assertThat(nas.ran).isNotEmpty().noneMatch(command -> command.with("qemu-img"));
        nas.image(disk).access = "ar";
        assertThat(codes(look(disk), Verb.CREATE)).containsExactly(Code.STORAGE_READ_ONLY);
        nas.silent = true;
        assertAway(disk, "does not answer");
    }

    @Test
    void whatIsAwayDoesNotHideTheDiskBesideIt() {
        Volume other = nas.disk("vdb");
        nas.image(other).trouble = Optional.of("Input/output error");

        List<VolumeState> states = storage.inspect(List.of(other, disk), nas.call());

        assertThat(states).extracting(VolumeState::isUnknown).containsExactly(true, false);
        assertThat(states).extracting(state -> state.volume().target()).containsExactly("vdb", "vda");
    }

    @Test
    void anExportThatIsGoneForGoodHoldsNothingAndIsNotAskedFor() {
        nas.silent = true;

        VolumeState state = look(storage.abandoned(FakeNas.EXPORT), disk.at(REMEMBERED));

        assertThat(state).isInstanceOf(VolumeState.Absent.class);
        assertThat(codes(state, Verb.RESTORE)).containsExactly(Code.IMAGE_UNUSABLE);
        assertThat(codes(state, Verb.DELETE_ALL)).isEmpty();
        assertThat(nas.ran).isEmpty();
    }

    @Test
    void imagesAreReadAsTheirOwner() {
        nas.image(disk).owner = "64055:107";

        look(disk);

        assertThat(nas.ran)
                .filteredOn(command -> command.with("qemu-img"))
                .isNotEmpty()
                .extracting(Ran::user)
                .containsOnly("64055");
    }

    private void assertAway(Volume volume, String why) {
        VolumeState state = look(volume);
        assertThat(state.isUnknown()).isTrue();
        for (Verb verb : Verb.values()) {
            assertThat(state.objectionsTo(verb)).hasSize(1).allSatisfy(refusal -> {
                assertThat(refusal.code()).isEqualTo(Code.STORAGE_AWAY);
                assertThat(refusal.message()).contains(why);
                assertThat(refusal.remedy()).isNotBlank();
            });
        }
    }

    private static List<Code> codes(VolumeState state, Verb verb) {
        return state.objectionsTo(verb).stream().map(Refusal::code).toList();
    }

    private VolumeState.Seen seen(Volume volume) {
        return look(volume).asSeen().orElseThrow();
    }

    private VolumeState look(Volume volume) {
        return look(storage, volume);
    }

    private VolumeState look(NasStorage driver, Volume volume) {
        return driver.inspect(List.of(volume), nas.call()).get(0);
    }
}
