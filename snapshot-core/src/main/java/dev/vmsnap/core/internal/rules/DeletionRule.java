package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Decides which parts of snapshots can be deleted now, and which are left for later. */
final class DeletionRule {
    private DeletionRule() {}

    /**
     * A part that cannot be reached keeps no other from being deleted. A snapshot of which nothing can be reached goes only
     * if the caller says so; a disk of the VM itself that is seen and stands against the verb has to be mended first.
     */
    static Verdict reachable(
            Situation situation,
            VmDescription vm,
            List<Snapshot> doomed,
            Intent.Unreachable unreachable,
            Verb... verbs) {
        return Findings.all(doomed.stream().map(snapshot -> reachable(situation, vm, snapshot, unreachable, verbs)));
    }

    private static Verdict reachable(
            Situation situation, VmDescription vm, Snapshot snapshot, Intent.Unreachable unreachable, Verb... verbs) {
        List<Volume> away = snapshot.volumes().stream()
                .filter(volume -> isAway(situation, vm, volume, verbs))
                .toList();
        boolean nothing = away.size() == snapshot.volumes().size() && !away.isEmpty();
        boolean refuse = nothing && unreachable == Intent.Unreachable.REFUSE;
        return Findings.all(snapshot.volumes().stream().map(volume -> {
            Verdict said = said(situation, volume, verbs);
            return away.contains(volume) && !refuse ? left(snapshot, volume, said) : said;
        }));
    }

    private static boolean isAway(Situation situation, VmDescription vm, Volume volume, Verb... verbs) {
        Optional<VolumeState> state = situation.stateOf(volume);
        if (state.isEmpty() || said(situation, volume, verbs).allowed()) {
            return false;
        }
        return state.get().isUnknown() || !vm.has(volume);
    }

    private static Verdict said(Situation situation, Volume volume, Verb... verbs) {
        return Findings.all(situation.stateOf(volume).stream().flatMap(state -> Stream.of(verbs)
                .map(verb -> new Verdict(state.objectionsTo(verb), state.notices()))));
    }

    private static Verdict left(Snapshot snapshot, Volume volume, Verdict said) {
        String why = said.refusals().stream().map(Refusal::message).findFirst().orElse("");
        return Findings.noticed(
                Verdict.Notice.Code.PART_UNKNOWN,
                "The part of " + Words.snapshot(snapshot) + " on disk " + volume.target() + " (" + volume.source()
                        + ") may be left for later: " + why,
                Map.of("snapshot", snapshot.id().value(), "disk", volume.target(), "source", volume.source()));
    }
}
