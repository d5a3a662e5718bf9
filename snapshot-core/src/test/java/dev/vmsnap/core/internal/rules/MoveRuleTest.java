package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verb;
import dev.vmsnap.spi.StorageDriver.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When the library hands a VM to another node. */
final class MoveRuleTest {
    private static final Intent TO_NODE_2 = new Intent.Migrate("node-2");

    private final Scene scene = Scene.where(s -> {
        s.power = PowerState.OFF;
        s.claims = new ArrayList<>(List.of(Scene.san("vda"), Scene.san("vdb")));
    });

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStoppedVmOnSharedVolumesIsHandedOverWithAndWithoutSnapshots(boolean snapshots) {
        if (snapshots) {
            scene.has(scene.snapshotOfItsDisks("a", true));
        }

        assertThat(scene.judge(TO_NODE_2).refusals()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(PowerState.class)
    void onlyAVmThatIsOffIsHandedOver(PowerState power) {
        scene.power = power;

        assertThat(codes(scene.judge(TO_NODE_2)))
                .isEqualTo(power == PowerState.OFF ? List.of() : List.of(Code.VM_STATE_UNSUPPORTED));
    }

    @Test
    void aNodeThatTheEngineDoesNotHaveIsRefusedWithThoseThatItHas() {
        Refusal refusal = only(scene.judge(new Intent.Migrate("nowhere")));

        assertThat(refusal.code()).isEqualTo(Code.NODE_UNKNOWN);
        assertThat(refusal.data()).isEqualTo(Map.of("node", "nowhere"));
        assertThat(refusal.remedy()).isEqualTo("Name one of these: node-1, node-2, node-9.");
    }

    @Test
    void aNodeThatDoesNotAnswerGetsNoVm() {
        scene.silent = List.of("node-2");

        assertThat(only(scene.judge(TO_NODE_2)).code()).isEqualTo(Code.NODE_UNREACHABLE);
        assertThat(only(scene.judge(TO_NODE_2)).data()).containsEntry("nodes", "node-2");
        assertThat(scene.judge(new Intent.Migrate("node-9")).allowed()).isTrue();
    }

    @Test
    void aVmThatNoNodeHasIsNotHandedOver() {
        scene.seen = false;

        assertThat(codes(scene.judge(TO_NODE_2))).containsExactly(Code.VM_NOT_FOUND);
    }

    @Test
    void theNodeThatHadItLastMustAnswerSinceItMayRunIt() {
        scene.lastNode = Optional.of("node-9");
        scene.silent = List.of("node-9");

        assertThat(codes(scene.judge(TO_NODE_2))).containsExactly(Code.NODE_UNREACHABLE);
    }

    @Test
    void aVolumeThatOnlyOneNodeSeesStaysAndIsNamed() {
        scene.claims.add(Scene.lvm("vdc"));
        scene.claims.add(Scene.file("vdd"));
        scene.has(scene.snapshotOfItsDisks("a", false));

        assertThat(scene.judge(TO_NODE_2).refusals())
                .extracting(r ->
                        r.code() + " " + r.data().get("disk") + " " + r.data().get("kind"))
                .containsExactly("COLD_MIGRATION_LOCKED vdc LOCAL_LVM", "COLD_MIGRATION_LOCKED vdd FILE");
    }

    @Test
    void aVolumeThatOnlyASnapshotRemembersMustComeAlongToo() {
        scene.claims.add(Scene.lvm("vdc"));
        Snapshot withThree = scene.snapshotOfItsDisks("a", false);
        scene.claims.remove(2);
        scene.has(withThree);

        assertThat(codes(scene.judge(TO_NODE_2))).contains(Code.COLD_MIGRATION_LOCKED);
    }

    @Test
    void aDriverThatCannotHandVolumesOverKeepsThem() {
        scene.traits.put("san", Set.of(Trait.HOLD_TO_CUT));

        assertThat(scene.judge(TO_NODE_2).refusals())
                .extracting(r -> r.code() + " " + r.data().get("disk"))
                .containsExactly("COLD_MIGRATION_LOCKED vda", "COLD_MIGRATION_LOCKED vdb");
    }

    @Test
    void aDiskThatNobodyOwnsKeepsTheVmWhereItIs() {
        scene.claims.add(new DiskClaim(Scene.disk("vdc"), Map.of()));

        assertThat(codes(scene.judge(TO_NODE_2))).containsExactly(Code.NO_STORAGE_DRIVER);
    }

    @Test
    void whatStorageHasAgainstItCounts() {
        Refusal held = Refusal.of(Code.VOLUME_ELSEWHERE, "Node node-9 holds vda.", "Release it there.");
        scene.state("vda", state -> Scene.saying(state, Map.of(Verb.MIGRATE, List.of(held))));

        assertThat(scene.judge(TO_NODE_2).refusals()).containsExactly(held);
    }

    @ParameterizedTest
    @EnumSource(Snapshot.Status.class)
    void snapshotsThatAnOperationChangesKeepTheVmWhereItIs(Snapshot.Status status) {
        Snapshot snapshot = scene.snapshotOfItsDisks("a", false);
        scene.has(
                status == Snapshot.Status.UNAVAILABLE
                        ? snapshot.unavailable(Snapshot.Reason.OVERFLOWN)
                        : snapshot.withStatus(status));
        boolean settled = status == Snapshot.Status.AVAILABLE || status == Snapshot.Status.UNAVAILABLE;

        assertThat(codes(scene.judge(TO_NODE_2))).isEqualTo(settled ? List.of() : List.of(Code.SNAPSHOT_IN_TRANSITION));
    }

    @ParameterizedTest
    @CsvSource({"job, VM_BUSY", "fleeting, VM_NOT_PERSISTENT", "saved state, SAVED_STATE_EXISTS"})
    void whatWouldBeLostOnTheWayKeepsTheVmWhereItIs(String what, Code code) {
        scene.job = what.equals("job") ? Optional.of("block job") : Optional.empty();
        scene.persistent = !what.equals("fleeting");
        scene.savedState = what.equals("saved state");

        assertThat(codes(scene.judge(TO_NODE_2))).containsExactly(code);
    }
}
