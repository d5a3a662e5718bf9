package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.Bench.FIRST;
import static dev.vmsnap.storage.lvm.CutTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Volumes that the node does not show. */
final class UnseenTest {
    private final Bench bench = new Bench();

    @Test
    void nothingIsKnownOfAGroupThatTheNodeDoesNotShow() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.groupHidden = true;

        assertUnknown(volume, Code.STORAGE_AWAY, "not found");
        bench.lvm.groupHidden = false;
        assertThat(bench.inspect(volume).snapshots()).containsOnlyKeys(FIRST);
    }

    @Test
    void aVerbThatChangesSomethingFailsInAGroupThatTheNodeDoesNotShow() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.cut(volumes, FIRST);
        bench.lvm.groupHidden = true;

        assertFails(Reason.UNREACHABLE, () -> bench.driver.delete(volumes, FIRST, bench));
        assertFails(Reason.UNREACHABLE, () -> bench.driver.restore(volumes, FIRST, bench));
        assertFails(Reason.UNREACHABLE, () -> bench.driver.reclaim(volumes, bench));
        assertFails(Reason.UNREACHABLE, () -> bench.driver.closeRam(volumes, FIRST, bench));
        bench.lvm.groupHidden = false;
        bench.driver.delete(volumes, FIRST, bench);
        assertThat(bench.lvm.names()).containsExactly("a");
    }

    @Test
    void aNodeWithoutLvmLacksATool() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.lvm.toolMissing = true;

        assertUnknown(volumes.get(0), Code.STORAGE_AWAY, "lvm2");
        assertFails(Reason.TOOL_MISSING, () -> bench.driver.delete(volumes, FIRST, bench));
    }

    @Test
    void aDeviceThatDoesNotAnswerLeavesNothingKnown() {
        Volume volume = bench.thick("a");
        bench.lvm.silent = true;

        assertUnknown(volume, Code.STORAGE_AWAY, "a device on the node does not answer LVM (lvs was given up");
        assertThat(bench.state(volume).objectionsTo(Verb.CREATE))
                .singleElement()
                .satisfies(why -> assertThat(why.remedy()).contains("does not answer"));
    }

    @Test
    void anotherGroupOfThatNameIsNotTheOneWithTheSnapshots() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        Volume remembered = bench.inspect(volume).volume();
        bench.lvm.groupUuid = "uuid-of-another";

        assertUnknown(remembered, Code.STORAGE_AWAY, "uuid-of-another");
        assertFails(Reason.UNREACHABLE, () -> bench.driver.delete(List.of(remembered), FIRST, bench));
        bench.lvm.volumes.clear();
        assertUnknown(remembered, Code.STORAGE_AWAY, "uuid-of-another");
    }

    @Test
    void aVolumeIsAbsentIfItsGroupIsThereWithoutIt() {
        Volume volume = bench.thick("a");
        bench.lvm.volumes.clear();

        assertThat(bench.state(volume)).isInstanceOf(VolumeState.Absent.class);
        assertThat(bench.state(volume).objectionsTo(Verb.CREATE)).hasSize(1);
        assertThat(bench.state(volume).objectionsTo(Verb.DELETE)).isEmpty();
        bench.lvm.groupAttributes = "wz-pn-";
        assertUnknown(volume, Code.IMAGE_UNUSABLE, "physical volume");
    }

    @Test
    void snapshotsThatAreLeftOfAVolumeAreSeen() {
        Volume volume = bench.thin("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.volumes.remove("a");

        assertThat(bench.inspect(volume).snapshots()).containsOnlyKeys(FIRST);
        assertThat(bench.inspect(volume).objectionsTo(Verb.RESTORE)).hasSize(1);
    }

    @Test
    void theNodesSeparatorOfListsChangesNoAnswer() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.get(bench.part(volume, FIRST)).tags.add("of-another-tool");
        bench.lvm.separator = ";";

        assertThat(bench.inspect(volume).snapshots()).containsOnlyKeys(FIRST);
        assertThat(bench.inspect(volume).foreign()).isEmpty();
    }

    @Test
    void whatIsNotActivatedThoughLvmReportsSuccessIsAFailure() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.cut(volumes, FIRST);
        bench.lvm.get("a").active = false;
        bench.lvm.get(bench.part(volumes.get(0), FIRST)).active = false;
        bench.lvm.get("a").barred = true;

        assertFails(Reason.BROKEN, () -> bench.driver.restore(volumes, FIRST, bench));
        assertThat(bench.lvm.names()).contains("a");
        assertThat(bench.lvm.ran).noneMatch(line -> line.startsWith("lvrename"));
    }

    @Test
    void whatIsNotRemovedThoughLvmReportsSuccessIsAFailure() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.cut(volumes, FIRST);
        bench.lvm.ignoresRemoval = true;

        assertFails(Reason.BROKEN, () -> bench.driver.delete(volumes, FIRST, bench));
    }

    @Test
    void snapshotsOfOthersThatHangOnAThinPartAreNotRemovedAlong() {
        List<Volume> volumes = List.of(bench.thin("a"));
        bench.cut(volumes, FIRST);
        SimulatedVolume theirs = new SimulatedVolume(SimulatedVolume.Kind.THICK_SNAPSHOT, "backup", 1);
        theirs.origin = bench.lvm.get(bench.part(volumes.get(0), FIRST));
        bench.lvm.volumes.put("backup", theirs);

        assertFails(Reason.IN_USE, () -> bench.driver.delete(volumes, FIRST, bench));
        assertThat(bench.lvm.names()).contains("backup");
    }

    private void assertUnknown(Volume volume, Code code, String text) {
        VolumeState state = bench.state(volume);
        assertThat(state.isUnknown()).isTrue();
        assertThat(state.objectionsTo(Verb.DELETE)).singleElement().satisfies(why -> {
            assertThat(why.code()).isEqualTo(code);
            assertThat(why.message() + why.remedy()).contains(text);
        });
    }
}
