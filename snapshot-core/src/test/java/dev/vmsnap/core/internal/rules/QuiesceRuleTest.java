package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.notices;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotSpec.Quiesce;
import dev.vmsnap.Verdict;
import dev.vmsnap.Verdict.Notice;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QuiesceRuleTest {

    @ParameterizedTest
    @CsvSource({
        // policy, RAM, power, agent, ability, obstacle named by a refusal, notice
        "REQUIRE, false, RUNNING, true,  true,  ,           false",
        "REQUIRE, false, RUNNING, false, true,  agent,      false",
        "REQUIRE, false, RUNNING, true,  false, hypervisor, false",
        "REQUIRE, false, PAUSED,  true,  true,  paused,     false",
        "REQUIRE, false, OFF,     false, false, ,           false",
        "REQUIRE, true,  RUNNING, true,  true,  ram,        false",
        "REQUIRE, true,  RUNNING, false, true,  ram,        false",
        "PREFER,  false, RUNNING, true,  true,  ,           false",
        "PREFER,  false, RUNNING, false, true,  ,           true",
        "PREFER,  false, RUNNING, true,  false, ,           true",
        "PREFER,  false, PAUSED,  true,  true,  ,           true",
        "PREFER,  false, OFF,     false, false, ,           false",
        "PREFER,  true,  RUNNING, true,  true,  ,           true",
        "NEVER,   false, RUNNING, false, false, ,           false",
        "NEVER,   true,  RUNNING, false, false, ,           false",
    })
    void requireRefusesWhatPreferOnlyMentionsAndAVmThatIsOffIsQuiet(
            Quiesce policy,
            boolean ram,
            PowerState power,
            boolean agent,
            boolean able,
            String obstacle,
            boolean notice) {
        Scene scene = Scene.where(s -> {
            s.power = power;
            s.agent = agent;
            s.abilities = able ? s.abilities : EnumSet.complementOf(EnumSet.of(Ability.QUIESCE));
        });

        Verdict verdict =
                scene.judge(new Intent.Create(new SnapshotSpec(Snapshot.Labels.named(""), ram, policy, Set.of())));

        assertThat(notices(verdict)).isEqualTo(notice ? List.of(Notice.Code.NOT_QUIESCED) : List.of());
        if (obstacle == null) {
            assertThat(verdict.allowed()).isTrue();
        } else {
            assertThat(codes(verdict)).containsExactly(Code.QUIESCE_UNAVAILABLE);
            assertThat(only(verdict).data()).containsEntry("obstacle", obstacle);
        }
    }
}
