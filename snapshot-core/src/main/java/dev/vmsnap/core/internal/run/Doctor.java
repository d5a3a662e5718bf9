package dev.vmsnap.core.internal.run;

import dev.vmsnap.Finding;
import dev.vmsnap.Finding.Kind;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Participation;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.Volumes;
import dev.vmsnap.core.internal.rules.Whereabouts;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Compares what the store says of a VM with what is there. Pure but for the survey it is given. */
final class Doctor {

    private Doctor() {}

    static List<Finding> examine(VmId vm, Situation situation, List<JournalEntry> open, Watermark watermark) {
        List<Finding> findings = new ArrayList<>();
        open.forEach(e -> findings.add(new Finding(
                Kind.OPEN_OPERATION,
                vm,
                e.operation(),
                "Operation " + e.operation() + " (" + e.verb() + ") is open since " + e.startedAt() + ".",
                "Call recover().")));
        for (Snapshot snapshot : situation.record().tree().snapshots()) {
            snapshot.reason()
                    .ifPresent(why -> findings.add(new Finding(
                            Kind.UNAVAILABLE,
                            vm,
                            snapshot.id().value(),
                            "Snapshot '" + snapshot.name() + "' is unavailable: " + why + ".",
                            "Delete it.")));
        }
        if (situation.chosen().isEmpty()) {
            if (!situation.record().tree().isEmpty() && situation.silentNodes().isEmpty()) {
                findings.add(new Finding(
                        Kind.VM_GONE,
                        vm,
                        vm.value(),
                        "No node has the VM, but its snapshots are recorded.",
                        "If the VM was deleted, say so with vmDeleted."));
            }
            return findings;
        }
        unusable(situation)
                .forEach((id, why) -> findings.add(new Finding(
                        why == Snapshot.Reason.MISSING ? Kind.PART_MISSING : Kind.PART_UNUSABLE,
                        vm,
                        id.value(),
                        why == Snapshot.Reason.MISSING
                                ? "A part of snapshot " + id + " is not on storage any more."
                                : "A part of snapshot " + id + " cannot be used any more: " + why + ".",
                        "Delete it; it cannot be restored.")));
        Watermark.usages(situation).stream()
                .filter(watermark::isReachedBy)
                .forEach(usage -> findings.add(new Finding(
                        Kind.FILLING,
                        vm,
                        usage.snapshot().value(),
                        "Snapshot " + usage.snapshot() + " has used " + usage.usedBytes() + " of "
                                + usage.roomBytes().getAsLong() + " bytes on disk " + usage.disk() + ".",
                        "Give it more room on the storage, or delete it before it is lost.")));
        situation.states().all().forEach(state -> examine(vm, situation, state, findings));
        return findings;
    }

    /** Snapshots that should be usable but are not, and why. */
    static Map<SnapshotId, Snapshot.Reason> unusable(Situation situation) {
        Map<SnapshotId, Snapshot.Reason> unusable = new LinkedHashMap<>();
        for (Snapshot snapshot : situation.record().tree().snapshots()) {
            if (snapshot.status() == Snapshot.Status.AVAILABLE) {
                flaw(situation, snapshot).ifPresent(why -> unusable.put(snapshot.id(), why));
            }
        }
        return unusable;
    }

    /** Why the parts of a snapshot cannot be used as they were seen; empty if they can, or if not enough was seen. */
    static Optional<Snapshot.Reason> flaw(Situation situation, Snapshot snapshot) {
        List<VolumeState> known = snapshot.volumes().stream()
                .flatMap(volume -> situation.stateOf(volume).stream())
                .filter(state -> !state.isUnknown())
                .toList();
        List<VolumeState.Part> parts = known.stream()
                .flatMap(state -> state.asSeen().flatMap(seen -> seen.part(snapshot.id())).stream())
                .toList();
        boolean ramIsLost = snapshot.ram()
                && known.size() == snapshot.volumes().size()
                && parts.stream().allMatch(part -> part.ramBytes() == 0);
        if (parts.size() < known.size() || ramIsLost) {
            return Optional.of(Snapshot.Reason.MISSING);
        }
        return parts.stream().flatMap(part -> part.flaw().stream()).findFirst();
    }

    /** The volumes to look at: those of all snapshots and those that the next snapshot would take. */
    static List<Volume> volumes(Situation situation) {
        return Volumes.distinct(Stream.concat(
                Whereabouts.remembered(
                        situation.record().tree(),
                        Participation.of(situation.claims(), false).volumes())
                        .stream(),
                situation.record().tree().snapshots().stream().flatMap(s -> s.volumes().stream())));
    }

    private static void examine(VmId vm, Situation situation, VolumeState state, List<Finding> findings) {
        String disk = state.volume().target();
        if (state.isUnknown()) {
            state.objectionsTo(Verb.CREATE)
                    .forEach(
                            why -> findings.add(new Finding(Kind.STORAGE_AWAY, vm, disk, why.message(), why.remedy())));
            return;
        }
        state.asSeen().ifPresent(seen -> examine(vm, situation, seen, findings));
    }

    private static void examine(VmId vm, Situation situation, VolumeState.Seen state, List<Finding> findings) {
        String disk = state.volume().target();
        state.snapshots().keySet().stream()
                .filter(id -> situation.record().tree().find(id).isEmpty())
                .forEach(id -> findings.add(new Finding(
                        Kind.ORPHAN,
                        vm,
                        disk,
                        "Disk " + disk + " holds snapshot " + id + ", which the store does not know.",
                        "If no other store knows it, delete it from the image while the VM is off.")));
        state.foreign()
                .forEach(name -> findings.add(new Finding(
                        Kind.FOREIGN,
                        vm,
                        disk,
                        "Disk " + disk + " holds a snapshot that vmsnap did not make.",
                        "Nothing; vmsnap leaves it alone.")));
        if (state.leakedBytes() > 0) {
            findings.add(new Finding(
                    Kind.LEAKED_SPACE,
                    vm,
                    disk,
                    "Disk " + disk + " has " + state.leakedBytes() + " bytes allocated that nothing uses.",
                    "Delete an unavailable snapshot, or repair the image while the VM is off."));
        }
    }
}
