package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What has changed since a snapshot, and whether that may be taken back. */
final class DriftRule {
    private DriftRule() {}

    static Verdict restore(Situation situation, Snapshot snapshot, Intent.Drift choice) {
        List<String> differences = differences(situation, snapshot);
        if (differences.isEmpty()) {
            return Findings.NONE;
        }
        String listed = String.join("; ", differences);
        if (choice == Intent.Drift.RESTORE_CONFIGURATION) {
            return Findings.noticed(
                    Verdict.Notice.Code.CONFIGURATION_DRIFTED,
                    "These changes to " + Words.vm(situation) + " since " + Words.snapshot(snapshot)
                            + " will be taken back: " + listed + ".");
        }
        return Findings.refused(new Refusal(
                Refusal.Code.CONFIGURATION_DRIFTED,
                Words.vm(situation) + " has changed since " + Words.snapshot(snapshot) + ": " + listed + ".",
                "Take the changes back, or restore the snapshot's configuration too.",
                Map.of("snapshot", snapshot.id().value(), "differences", listed)));
    }

    /** What the hypervisor found, and what it may not see: disks that were added, and sizes. */
    static List<String> differences(Situation situation, Snapshot snapshot) {
        List<String> found = new ArrayList<>(situation.drift());
        Set<String> sources = snapshot.volumes().stream().map(Volume::source).collect(Collectors.toSet());
        for (DiskClaim claim : situation.claims()) {
            boolean added = Participation.leftOut(claim.disk()).isEmpty()
                    && claim.disk().source().filter(sources::contains).isEmpty();
            boolean named = situation.drift().stream()
                    .anyMatch(said -> said.contains(claim.disk().target()));
            if (added && !named) {
                found.add("disk " + claim.disk().target() + " was added");
            }
        }
        for (Volume volume : snapshot.volumes()) {
            resized(situation, volume).ifPresent(found::add);
        }
        return found;
    }

    private static Optional<String> resized(Situation situation, Volume then) {
        return situation
                .stateOf(then.source())
                .map(state -> state.volume().virtualBytes())
                .filter(now -> now.isPresent() && then.virtualBytes().isPresent() && !now.equals(then.virtualBytes()))
                .map(now -> "disk " + then.target() + " had "
                        + Words.bytes(then.virtualBytes().getAsLong()) + " and has "
                        + Words.bytes(now.getAsLong()) + " (" + now.getAsLong() + " bytes)");
    }
}
