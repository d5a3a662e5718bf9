package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.create;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class LimitRuleTest {

    @ParameterizedTest
    @CsvSource({"0, 0, false", "1, 0, true", "1, 1, false", "3, 2, true", "3, 3, false", "2, 3, false"})
    void oneMoreIsAllowedBelowTheLimit(int limit, int count, boolean allowed) {
        Scene scene = Scene.where(s -> s.settings = new SnapshotSettings(false, limit, false));
        for (int i = 0; i < count; i++) {
            scene.has(snapshot("s" + i, false, "vda"));
        }

        assertThat(scene.judge(create()).allowed()).isEqualTo(allowed);
    }

    @ParameterizedTest
    @EnumSource(Snapshot.Status.class)
    void everyNodeCountsWhateverItsStatus(Snapshot.Status status) {
        Scene scene = Scene.where(s -> s.settings = new SnapshotSettings(false, 1, false));
        Snapshot plain = snapshot("a", false, "vda");
        scene.tree = scene.tree.grow(
                status == Snapshot.Status.UNAVAILABLE
                        ? plain.unavailable(Snapshot.Reason.NO_SPACE)
                        : plain.withStatus(status));

        assertThat(codes(scene.judge(create()))).containsExactly(Code.LIMIT_REACHED);
    }

    @ParameterizedTest
    @EnumSource(
            value = Snapshot.Status.class,
            names = {"CREATING", "RESTORING", "DELETING"})
    void aSnapshotInTransitionDoesNotBlockAnother(Snapshot.Status status) {
        Scene scene = Scene.ordinary();
        scene.tree = scene.tree.grow(snapshot("a", false, "vda").withStatus(status));

        assertThat(scene.judge(create()).allowed()).isTrue();
    }

    @Test
    void theMessageNamesVmCountAndLimit() {
        Scene scene = Scene.where(s -> s.settings = new SnapshotSettings(false, 1, false))
                .has(snapshot("a", false, "vda"));

        assertThat(only(scene.judge(create())).message()).isEqualTo("VM \"web\" has 1 snapshot, and its limit is 1.");
    }
}
