package dev.vmsnap.core.internal.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.StorageKind;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class RulesTest {
    private static final List<Intent> ONE_OF_EACH = List.of(
            new Intent.Create(SnapshotSpec.unnamed()),
            new Intent.Restore(SnapshotId.of("a"), Intent.Drift.REFUSE),
            new Intent.Edit(SnapshotId.of("a"), Snapshot.Labels.named("n")),
            new Intent.Delete(Set.of(SnapshotId.of("a")), true),
            new Intent.DeleteAll(),
            new Intent.Migrate("node-2"),
            new Intent.Configure(),
            new Intent.Reconfigure(Set.of("memory")),
            new Intent.MigrateCold("node-2", StorageKind.FILE),
            new Intent.MigrateLive("node-2", StorageKind.FILE),
            new Intent.Clone(),
            new Intent.DeleteVm());

    @Test
    void everyKindOfIntentHasARule() {
        assertThat(ONE_OF_EACH.stream().<Class<?>>map(Object::getClass).toList())
                .as("add the new kind of intent here and to Rules")
                .containsExactlyInAnyOrder(
                        Stream.of(Intent.class.getPermittedSubclasses()).toArray(Class<?>[]::new));
        Scene scene = Scene.ordinary().has(Scene.snapshot("a", false, "vda"));
        for (Intent intent : ONE_OF_EACH) {
            assertThat(scene.judge(intent)).as("%s", intent).isNotNull();
        }
    }

    @Test
    void theSameSituationAlwaysHasTheSameAnswer() {
        for (Intent intent : ONE_OF_EACH) {
            Scene scene = Scene.where(s -> s.claims.add(Scene.lvm("vdb"))).has(Scene.snapshot("a", true, "vda"));
            Situation situation = scene.situation();

            assertThat(Rules.judge(situation, intent, Scene.USER))
                    .isEqualTo(Rules.judge(situation, intent, Scene.USER));
        }
    }
}
