package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.notices;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.restore;
import static dev.vmsnap.core.internal.rules.Scene.restoreConfiguration;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verdict;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class DriftRuleTest {
    private final Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"));

    @Test
    void whatDiffersIsListedByARefusalUnlessTheConfigurationGoesBackToo() {
        scene.drift = List.of("memory was 1 GiB and is 2 GiB", "network card 2 was added");

        assertThat(codes(scene.judge(restore("a")))).containsExactly(Code.CONFIGURATION_DRIFTED);
        assertThat(only(scene.judge(restore("a"))).data())
                .containsEntry("differences", "memory was 1 GiB and is 2 GiB; network card 2 was added");

        Verdict back = scene.judge(restoreConfiguration("a"));
        assertThat(back.allowed()).isTrue();
        assertThat(notices(back)).containsExactly(Notice.Code.CONFIGURATION_DRIFTED);
        assertThat(back.notices().get(0).message()).contains("network card 2 was added");
    }

    @Test
    void aDiskThatWasAddedSinceIsADifferenceEvenWhenTheHypervisorDoesNotSayIt() {
        scene.claims.add(Scene.lvm("vdb"));

        assertThat(only(scene.judge(restore("a"))).data()).containsEntry("differences", "disk vdb was added");
        assertThat(scene.judge(restoreConfiguration("a")).allowed()).isTrue();
    }

    @Test
    void aDiskThatWasRemovedSinceStaysAsItIsWhereTheConfigurationIsKept() {
        scene.has(snapshot("both", false, "vda", "vdb"));

        assertThat(codes(scene.judge(restore("both")))).containsOnly(Code.CONFIGURATION_DRIFTED);
        assertThat(codes(scene.judge(restoreConfiguration("both")))).containsOnly(Code.CONFIGURATION_DRIFTED);

        Verdict kept = scene.judge(keeping("both"));
        assertThat(kept.allowed()).isTrue();
        assertThat(kept.notices()).singleElement().satisfies(notice -> assertThat(notice.message())
                .contains("will stay", "disk vdb was removed"));
    }

    @Test
    void whereEveryDiskWasRemovedNothingCanBeBroughtBack() {
        scene.claims.clear();
        scene.claims.add(Scene.file("vdb"));

        assertThat(codes(scene.judge(keeping("a")))).containsOnly(Code.CONFIGURATION_DRIFTED);
    }

    @Test
    void aDiskThatTheHypervisorNamesIsNotListedTwice() {
        scene.claims.add(Scene.file("vdb"));
        scene.drift = List.of("disk vdb is new");

        assertThat(only(scene.judge(restore("a"))).data()).containsEntry("differences", "disk vdb is new");
    }

    @Test
    void aMediumThatTakesNoPartIsNoDifference() {
        Disk cdrom = new Disk(
                "sda", Device.CDROM, SourceType.FILE, Optional.of("/iso"), Optional.of("raw"), Disk.Flag.READ_ONLY);
        scene.claims.add(new DiskClaim(cdrom, Map.of()));

        assertThat(scene.judge(restore("a")).allowed()).isTrue();
    }

    @Test
    void aDiskThatHasAnotherSizeIsADifference() {
        scene.state("vda", state -> sized(state, 20 * Scene.GIB));

        assertThat(only(scene.judge(restore("a"))).data())
                .containsEntry("differences", "disk vda had 10.0 GiB and has 20.0 GiB (21474836480 bytes)");
        assertThat(scene.judge(restoreConfiguration("a")).allowed()).isTrue();
    }

    @Test
    void whatChangesOfTheConfigurationStayAndWhatOfTheDisksGoesIsSaid() {
        scene.drift = List.of("memory was 1 GiB and is 2 GiB");
        scene.state("vda", state -> sized(state, 20 * Scene.GIB));

        Verdict kept = scene.judge(keeping("a"));

        assertThat(kept.allowed()).isTrue();
        assertThat(kept.notices())
                .extracting(Notice::message)
                .satisfiesExactly(
                        stay -> assertThat(stay).contains("will stay", "memory was 1 GiB"),
                        go -> assertThat(go).contains("get back the sizes", "disk vda"));
    }

    @Test
    void withRamTheConfigurationCannotStay() {
        scene.has(Scene.snapshot("ram", true, "vda"));
        scene.drift = List.of("memory was 1 GiB and is 2 GiB");

        assertThat(codes(scene.judge(keeping("ram")))).contains(Code.CONFIGURATION_DRIFTED);
    }

    @Test
    void aDiskThatWasLeftOutKeepsItsContentOnlyWhenSomebodySaysSo() {
        scene.claims.add(Scene.file("vdb"));
        scene.has(leavingOut(Scene.snapshot("part", false, "vda"), "vdb"));

        assertThat(only(scene.judge(restore("part"))).code()).isEqualTo(Code.DISK_NOT_COVERED);
        assertThat(only(scene.judge(restore("part"))).data()).containsEntry("disks", "vdb");
        for (Intent choice : List.of(keeping("part"), restoreConfiguration("part"))) {
            assertThat(scene.judge(choice).allowed()).isTrue();
            assertThat(notices(scene.judge(choice))).containsExactly(Notice.Code.DISKS_NOT_COVERED);
        }
    }

    @Test
    void aDiskThatWasLeftOutAndIsGoneIsNobodysConcern() {
        scene.has(leavingOut(Scene.snapshot("part", false, "vda"), "vdb"));

        assertThat(scene.judge(restore("part")).allowed()).isTrue();
    }

    private static VolumeState sized(VolumeState.Seen state, long bytes) {
        return Scene.of(state, state.volume().withVirtualBytes(bytes));
    }

    private static Intent keeping(String id) {
        return new Intent.Restore(SnapshotId.of(id), Intent.Drift.KEEP_CONFIGURATION);
    }

    private static Snapshot leavingOut(Snapshot of, String target) {
        return new Snapshot(
                of.id(),
                of.vm(),
                of.parent(),
                of.labels(),
                of.createdAt(),
                of.createdBy(),
                of.status(),
                of.reason(),
                of.ram(),
                of.power(),
                of.node(),
                of.volumes(),
                Set.of(target),
                of.receipt());
    }
}
