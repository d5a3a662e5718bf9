package dev.vmsnap.core.internal.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RebuildRuleTest {
    @Test
    void aDiskThatIsUnknownForOneStoreRefusesTheRebuild() {
        Volume volume = Scene.volume("vda", StorageKind.FILE);
        Refusal away = Refusal.of(Code.STORAGE_AWAY, "Disk vda is away.", "Bring it back.");
        VolumeStates unknown = new VolumeStates(List.of(new VolumeState.Unknown(volume, away)));

        assertThat(RebuildRule.inspected(List.of(VolumeStates.NONE, unknown)).refusals())
                .containsExactly(away);
        assertThat(RebuildRule.inspected(List.of(VolumeStates.NONE)).allowed()).isTrue();
    }
}
