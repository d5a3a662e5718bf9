package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** How many bytes the snapshots of a VM may take together. What the next one takes is counted in the worst case. */
final class QuotaRule {
    private QuotaRule() {}

    static Verdict oneMore(Situation situation, VmDescription vm, List<Volume> volumes, boolean ram) {
        long quota = situation.settings().quotaBytes();
        if (quota == SnapshotSettings.NO_QUOTA) {
            return Findings.NONE;
        }
        long taken = situation.states().all().mapToLong(QuotaRule::taken).sum();
        OptionalLong memory = ram ? OptionalLong.of(vm.memoryBytes()) : OptionalLong.empty();
        long needed = SpaceRule.bytesNeeded(volumes, situation.states(), situation.traits(), memory).values().stream()
                .mapToLong(Long::longValue)
                .sum();
        if (taken + needed <= quota) {
            return uncounted(situation);
        }
        return Findings.refused(new Refusal(
                Refusal.Code.QUOTA_REACHED,
                "The snapshots of " + Words.vm(situation) + " take " + Words.bytes(taken) + ", one more may take "
                        + Words.bytes(needed) + ", and their quota is " + Words.bytes(quota) + ".",
                "Delete a snapshot, or have an administrator raise the quota.",
                Map.of("quota", Long.toString(quota), "taken", Long.toString(taken), "needed", Long.toString(needed))));
    }

    /** Names what the quota does not count because nobody can inspect it now. */
    private static Verdict uncounted(Situation situation) {
        return Findings.all(situation
                .states()
                .all()
                .filter(VolumeState::isUnknown)
                .map(state -> Findings.noticed(
                        Verdict.Notice.Code.PART_UNKNOWN,
                        "The quota does not count snapshots on disk "
                                + state.volume().target() + " ("
                                + state.volume().source()
                                + "), which cannot be inspected now.",
                        Map.of(
                                "disk",
                                state.volume().target(),
                                "source",
                                state.volume().source()))));
    }

    /** Where a storage cannot tell what all snapshots take, what it knows of each of them counts. */
    private static long taken(VolumeState state) {
        return state.asSeen().map(QuotaRule::taken).orElse(0L);
    }

    private static long taken(VolumeState.Seen state) {
        return state.snapshotBytes().orElseGet(() -> state.snapshots().values().stream()
                .mapToLong(part -> part.usedBytes().orElse(0) + part.ramBytes())
                .sum());
    }
}
