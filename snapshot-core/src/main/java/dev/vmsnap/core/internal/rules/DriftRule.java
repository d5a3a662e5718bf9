package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmDescription;
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
        if (choice == Intent.Drift.KEEP_CONFIGURATION && !snapshot.ram()) {
            return kept(situation, snapshot);
        }
        List<String> differences = differences(situation, snapshot);
        if (differences.isEmpty()) {
            return Findings.NONE;
        }
        String listed = String.join("; ", differences);
        if (choice == Intent.Drift.RESTORE_CONFIGURATION) {
            return Findings.noticed(
                    Verdict.Notice.Code.CONFIGURATION_DRIFTED,
                    "These changes to " + Words.vm(situation) + " since " + Words.snapshot(snapshot)
                            + " will be taken back: " + listed + ".",
                    Map.of("snapshot", snapshot.id().value(), "differences", listed));
        }
        return Findings.refused(new Refusal(
                Refusal.Code.CONFIGURATION_DRIFTED,
                Words.vm(situation) + " has changed since " + Words.snapshot(snapshot) + ": " + listed + ".",
                snapshot.ram()
                        ? "Take the changes back, or restore the snapshot's configuration too."
                        : "Take the changes back, restore the snapshot's configuration too, or keep the present one.",
                Map.of("snapshot", snapshot.id().value(), "differences", listed)));
    }

    /** Of disks that are not part of a snapshot somebody must have said that they may stay as they are. */
    static Verdict covered(Situation situation, Snapshot snapshot, Intent.Drift choice) {
        List<String> others = situation.claims().stream()
                .map(DiskClaim::disk)
                .filter(disk -> Participation.leftOut(disk).isEmpty())
                .map(VmDescription.Disk::target)
                .filter(snapshot.excluded()::contains)
                .toList();
        if (others.isEmpty()) {
            return Findings.NONE;
        }
        String listed = String.join(", ", others);
        String message = Words.theSnapshot(snapshot) + " was taken without disk " + listed + " of "
                + Words.vm(situation) + ", which keeps its present content.";
        return choice == Intent.Drift.REFUSE
                ? Findings.refused(new Refusal(
                        Refusal.Code.DISK_NOT_COVERED,
                        message,
                        "Say whether the configuration is to be kept or restored, if that is meant.",
                        Map.of("snapshot", snapshot.id().value(), "disks", listed)))
                : Findings.noticed(
                        Verdict.Notice.Code.DISKS_NOT_COVERED,
                        message,
                        Map.of("snapshot", snapshot.id().value(), "disks", listed));
    }

    private static Verdict kept(Situation situation, Snapshot snapshot) {
        List<String> stay = new ArrayList<>(configured(situation, snapshot));
        removed(situation, snapshot).stream()
                .map(Volume::target)
                .filter(target -> !isNamed(situation, target))
                .map(target -> "disk " + target + " was removed")
                .forEach(stay::add);
        List<String> go = resized(situation, snapshot);
        return Findings.all(
                stay.isEmpty()
                        ? Findings.NONE
                        : Findings.noticed(
                                Verdict.Notice.Code.CONFIGURATION_DRIFTED,
                                "These changes to " + Words.vm(situation) + " since " + Words.snapshot(snapshot)
                                        + " will stay: " + String.join("; ", stay) + ".",
                                Map.of("snapshot", snapshot.id().value(), "differences", String.join("; ", stay))),
                go.isEmpty()
                        ? Findings.NONE
                        : Findings.noticed(
                                Verdict.Notice.Code.CONFIGURATION_DRIFTED,
                                "The disks get back the sizes that they had: " + String.join("; ", go) + ".",
                                Map.of("snapshot", snapshot.id().value(), "differences", String.join("; ", go))));
    }

    /** What the hypervisor found, and what it may not see: disks that were added, and sizes. */
    static List<String> differences(Situation situation, Snapshot snapshot) {
        List<String> found = new ArrayList<>(configured(situation, snapshot));
        found.addAll(resized(situation, snapshot));
        return found;
    }

    private static List<String> configured(Situation situation, Snapshot snapshot) {
        List<String> found = new ArrayList<>(situation.drift());
        Set<String> sources = snapshot.volumes().stream().map(Volume::source).collect(Collectors.toSet());
        for (DiskClaim claim : situation.claims()) {
            boolean added = Participation.leftOut(claim.disk()).isEmpty()
                    && Participation.marked(claim.disk()).isEmpty()
                    && !snapshot.excluded().contains(claim.disk().target())
                    && claim.disk().source().filter(sources::contains).isEmpty();
            if (added && !isNamed(situation, claim.disk().target())) {
                found.add("disk " + claim.disk().target() + " was added");
            }
        }
        return found;
    }

    /** Whether the hypervisor has said something of a disk already. */
    private static boolean isNamed(Situation situation, String target) {
        return situation.drift().stream().anyMatch(said -> said.contains(target));
    }

    /** The volumes of a snapshot that are no disks of the VM any more. */
    static List<Volume> removed(Situation situation, Snapshot snapshot) {
        Set<String> sources = situation.claims().stream()
                .flatMap(claim -> claim.disk().source().stream())
                .collect(Collectors.toSet());
        return snapshot.volumes().stream()
                .filter(volume -> !sources.contains(volume.source()))
                .toList();
    }

    private static List<String> resized(Situation situation, Snapshot snapshot) {
        return snapshot.volumes().stream()
                .flatMap(volume -> resized(situation, volume).stream())
                .toList();
    }

    private static Optional<String> resized(Situation situation, Volume then) {
        return situation
                .stateOf(then)
                .map(state -> state.volume().virtualBytes())
                .filter(now -> now.isPresent() && then.virtualBytes().isPresent() && !now.equals(then.virtualBytes()))
                .map(now -> "disk " + then.target() + " had "
                        + Words.bytes(then.virtualBytes().getAsLong()) + " and has "
                        + Words.bytes(now.getAsLong()) + " (" + now.getAsLong() + " bytes)");
    }
}
