package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When the library itself copies disks. */
final class CloneRuleTest {
    private static final Intent BOTH = Intent.Clone.of(Map.of("vda", "/images/a", "vdb", "/dev/vg/b"));

    private final Scene scene = Scene.where(s -> {
        s.claims.add(Scene.lvm("vdb"));
        s.traits.put("file", Set.of(Trait.IN_IMAGE, Trait.CLONE));
        s.traits.put("lvm", Set.of(Trait.HOLD_TO_CUT, Trait.CLONE));
    });

    private static Intent of(String snapshot) {
        return Intent.Clone.of(SnapshotId.of(snapshot), Map.of("vda", "/images/a"));
    }

    @ParameterizedTest
    @EnumSource(names = {"RUNNING", "PAUSED", "OFF"})
    void disksOfAVmInAnyStateThatSnapshotsWorkInAreCopied(PowerState power) {
        scene.power = power;
        scene.has(scene.snapshotOfItsDisks("a", true));

        assertThat(scene.judge(BOTH).refusals()).isEmpty();
        assertThat(scene.judge(of("a")).refusals()).isEmpty();
    }

    @Test
    void neitherTheLimitNorTheQuotaCountsWhatIsThereOnlyWhileItIsCopied() {
        scene.settings = new SnapshotSettings(false, 1, false, true, 1);
        scene.has(scene.snapshotOfItsDisks("a", false));

        assertThat(scene.judge(BOTH).refusals()).isEmpty();
    }

    @Test
    void onlyDisksWithADestinationAreCopiedInTheOrderOfTheVm() {
        assertThat(CloneRule.volumes(scene.situation(), (Intent.Clone) BOTH))
                .extracting(Volume::target)
                .containsExactly("vda", "vdb");
        assertThat(CloneRule.volumes(scene.situation(), Intent.Clone.of(Map.of("vdb", "/x"))))
                .extracting(Volume::target)
                .containsExactly("vdb");
        assertThat(CloneRule.volumes(scene.situation(), (Intent.Clone) of("gone")))
                .isEmpty();
    }

    @Test
    void aDriverThatCannotCopyIsNamedWithTheDisk() {
        scene.traits.put("lvm", Set.of(Trait.HOLD_TO_CUT));

        Refusal refusal = only(scene.judge(BOTH));

        assertThat(refusal.code()).isEqualTo(Code.CLONE_UNSUPPORTED);
        assertThat(refusal.data()).isEqualTo(Map.of("disk", "vdb", "driver", "lvm"));
    }

    @Test
    void aDiskThatTheVmDoesNotHaveIsRefused() {
        Intent odd = Intent.Clone.of(Map.of("vda", "/images/a", "vdz", "/images/z"));

        assertThat(only(scene.judge(odd)).code()).isEqualTo(Code.DISK_UNKNOWN);
        assertThat(only(scene.judge(odd)).data()).isEqualTo(Map.of("disk", "vdz"));
    }

    @Test
    void aDiskThatNobodyOwnsSaysSo() {
        scene.claims.add(new DiskClaim(Scene.disk("vdc"), Map.of()));

        assertThat(codes(scene.judge(Intent.Clone.of(Map.of("vdc", "/images/c")))))
                .contains(Code.NO_STORAGE_DRIVER);
        assertThat(scene.judge(BOTH).refusals()).isEmpty();
    }

    @Test
    void twoCopiesInOnePlaceAreRefused() {
        Intent.Clone same = Intent.Clone.of(Map.of("vda", "/images/x", "vdb", "/images/x"));

        assertThat(only(scene.judge(same)).code()).isEqualTo(Code.DESTINATION_INVALID);
        assertThat(only(scene.judge(same)).data()).isEqualTo(Map.of("disk", "vdb", "destination", "/images/x"));
    }

    @Test
    void whatStorageHasAgainstThePlacesCounts() {
        Refusal taken = Refusal.of(Code.DESTINATION_INVALID, "It is taken.", "Name another one.");
        scene.destinations = List.of(taken);

        assertThat(scene.judge(BOTH).refusals()).containsExactly(taken);
    }

    @Test
    void whatKeepsASnapshotFromBeingTakenKeepsThePresentFromBeingCopied() {
        Refusal bitmaps = Refusal.of(Code.FORMAT_UNSUPPORTED, "It is odd.", "Change it.");
        scene.has(scene.snapshotOfItsDisks("a", false));
        scene.state("vda", state -> Scene.saying(state, Map.of(Verb.CREATE, List.of(bitmaps))));

        assertThat(scene.judge(BOTH).refusals()).containsExactly(bitmaps);
        assertThat(scene.judge(of("a")).refusals()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void onlyASnapshotThatIsWholeIsCopied(boolean there) {
        Snapshot snapshot = scene.snapshotOfItsDisks("a", false);
        scene.has(there ? snapshot.unavailable(Snapshot.Reason.OVERFLOWN) : snapshot);
        if (!there) {
            scene.state("vda", state -> Scene.holding(state, Map.of()));
        }

        assertThat(codes(scene.judge(of("a"))))
                .containsExactly(there ? Code.SNAPSHOT_UNAVAILABLE : Code.SNAPSHOT_INCOMPLETE);
        assertThat(codes(scene.judge(of("gone")))).contains(Code.SNAPSHOT_NOT_FOUND);
    }

    @Test
    void aVmThatNoNodeHasIsNotCopied() {
        scene.seen = false;

        assertThat(codes(scene.judge(BOTH))).containsExactly(Code.VM_NOT_FOUND);
    }
}
