package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.notices;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.restore;
import static dev.vmsnap.core.internal.rules.Scene.restoreConfiguration;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Verdict;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    void aDiskThatTheHypervisorNamesIsNotListedTwice() {
        scene.claims.add(Scene.file("vdb"));
        scene.drift = List.of("disk vdb is new");

        assertThat(only(scene.judge(restore("a"))).data()).containsEntry("differences", "disk vdb is new");
    }

    @Test
    void aMediumThatTakesNoPartIsNoDifference() {
        Disk cdrom = new Disk(
                "sda", Device.CDROM, SourceType.FILE, Optional.of("/iso"), Optional.of("raw"), true, false, false);
        scene.claims.add(new DiskClaim(cdrom, Map.of()));

        assertThat(scene.judge(restore("a")).allowed()).isTrue();
    }

    @Test
    void aDiskThatHasAnotherSizeIsADifference() {
        VolumeState state = scene.situation().states().get("vda");
        scene.states.put(
                "vda",
                new VolumeState(
                        state.volume().withVirtualBytes(20 * Scene.GIB),
                        state.store(),
                        state.freeBytes(),
                        state.neededBytes(),
                        state.snapshots(),
                        state.foreign(),
                        state.snapshotBytes(),
                        state.leakedBytes(),
                        state.objections(),
                        state.notices(),
                        state.away()));

        assertThat(only(scene.judge(restore("a"))).data())
                .containsEntry("differences", "disk vda had 10.0 GiB and has 20.0 GiB (21474836480 bytes)");
        assertThat(scene.judge(restoreConfiguration("a")).allowed()).isTrue();
    }
}
