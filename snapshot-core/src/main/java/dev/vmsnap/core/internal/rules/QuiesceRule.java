package dev.vmsnap.core.internal.rules;

import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotSpec.Quiesce;
import dev.vmsnap.Verdict;
import dev.vmsnap.spi.VmDescription;
import java.util.Map;
import java.util.Optional;

/** When a guest's file systems can be frozen. A VM that is off is quiet already. */
final class QuiesceRule {
    private QuiesceRule() {}

    static Verdict create(Situation situation, SnapshotSpec spec) {
        if (spec.quiesce() != Quiesce.REQUIRE || !spec.ram()) {
            return Findings.NONE;
        }
        return refused(
                situation,
                "ram",
                "a guest restored with its RAM would still be frozen",
                "Ask for RAM or for quiet, not both.");
    }

    static Verdict create(Situation situation, VmDescription vm, SnapshotSpec spec) {
        if (spec.quiesce() == Quiesce.NEVER || vm.power() == PowerState.OFF || vm.power() == PowerState.OTHER) {
            return Findings.NONE;
        }
        if (spec.ram()) {
            return spec.quiesce() == Quiesce.REQUIRE
                    ? Findings.NONE
                    : noticed(situation, "ram", "with its RAM the snapshot is consistent anyway");
        }
        Optional<Obstacle> obstacle = obstacle(situation, vm);
        if (obstacle.isEmpty()) {
            return Findings.NONE;
        }
        return spec.quiesce() == Quiesce.REQUIRE
                ? refused(
                        situation,
                        obstacle.get().key(),
                        obstacle.get().words(),
                        obstacle.get().remedy())
                : noticed(situation, obstacle.get().key(), obstacle.get().words());
    }

    private record Obstacle(String key, String words, String remedy) {}

    private static Optional<Obstacle> obstacle(Situation situation, VmDescription vm) {
        if (vm.power() == PowerState.PAUSED) {
            return Optional.of(
                    new Obstacle("paused", "a paused guest cannot answer", "Let the VM run, or do not require it."));
        }
        if (!situation.abilities().contains(Ability.QUIESCE)) {
            return Optional.of(new Obstacle(
                    "hypervisor", "the hypervisor cannot ask the guest", "Take the snapshot without requiring it."));
        }
        if (!vm.agent()) {
            return Optional.of(new Obstacle(
                    "agent",
                    "no guest agent is connected",
                    "Install and start the guest agent, or do not require it."));
        }
        return Optional.empty();
    }

    private static Verdict refused(Situation situation, String key, String why, String remedy) {
        return Findings.refused(new Refusal(
                Refusal.Code.QUIESCE_UNAVAILABLE,
                "The file systems of " + Words.vm(situation) + " cannot be frozen for the snapshot: " + why + ".",
                remedy,
                Map.of("obstacle", key)));
    }

    private static Verdict noticed(Situation situation, String key, String why) {
        return Findings.noticed(
                Verdict.Notice.Code.NOT_QUIESCED,
                "The file systems of " + Words.vm(situation) + " will not be frozen: " + why + ".",
                Map.of("obstacle", key));
    }
}
