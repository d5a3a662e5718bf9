package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.spi.VolumeState.Part;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whether a snapshot is there, whole, and still of this VM's disks. */
final class SnapshotRule {
    private SnapshotRule() {}

    static Verdict exists(Situation situation, SnapshotId id) {
        if (situation.record().tree().find(id).isPresent()) {
            return Findings.NONE;
        }
        return Findings.refused(new Refusal(
                Refusal.Code.SNAPSHOT_NOT_FOUND,
                Words.vm(situation) + " has no snapshot " + id + ".",
                "Look at the VM's tree for the snapshots that it has.",
                Map.of("snapshot", id.value())));
    }

    static Verdict available(Snapshot snapshot) {
        return switch (snapshot.status()) {
            case AVAILABLE -> Findings.NONE;
            case UNAVAILABLE -> unavailable(snapshot);
            case CREATING, RESTORING, DELETING -> inTransition(snapshot, Words.theSnapshot(snapshot));
        };
    }

    static Verdict inTransition(Snapshot snapshot, String subject) {
        return Findings.refused(new Refusal(
                Refusal.Code.SNAPSHOT_IN_TRANSITION,
                subject + " is " + doing(snapshot) + ".",
                "Wait for that operation; if its process died, recover() finishes it.",
                Map.of(
                        "snapshot",
                        snapshot.id().value(),
                        "status",
                        snapshot.status().name())));
    }

    /** Whether every volume of an available snapshot is still a disk of the VM and holds its part. */
    static Verdict whole(Situation situation, Snapshot snapshot) {
        Stream<Verdict> disks = snapshot.volumes().stream().map(volume -> disk(situation, snapshot, volume));
        return Findings.all(Stream.concat(disks, Stream.of(parts(situation, snapshot), ram(situation, snapshot))));
    }

    /**
     * Whether every volume is known to be a disk of the VM, or to be none. A disk whose path the node cannot tell, for
     * example in a storage pool that is not active, may be any volume that it was.
     */
    static Verdict located(Situation situation, Snapshot snapshot) {
        VmDescription vm = situation.chosen().orElseThrow().vm();
        return Findings.refused(snapshot.volumes().stream()
                .filter(volume -> !vm.has(volume))
                .flatMap(volume -> hiding(situation, volume).stream())
                .distinct()
                .toList());
    }

    private static Optional<Refusal> hiding(Situation situation, Volume volume) {
        return situation.claims().stream()
                .filter(claim -> claim.disk().target().equals(volume.target())
                        && claim.disk().type() == VmDescription.SourceType.OTHER
                        && claim.disk().source().isPresent())
                .findFirst()
                .flatMap(Participation::refusal);
    }

    /** The volumes that are disks of the VM as they were; only those can be looked at. */
    static List<Volume> unchanged(Situation situation, Snapshot snapshot) {
        return snapshot.volumes().stream()
                .filter(volume -> disk(situation, snapshot, volume).allowed())
                .toList();
    }

    private static Verdict unavailable(Snapshot snapshot) {
        Snapshot.Reason reason = snapshot.reason().orElseThrow();
        return Findings.refused(new Refusal(
                Refusal.Code.SNAPSHOT_UNAVAILABLE,
                Words.theSnapshot(snapshot) + " is unavailable: " + why(reason) + ".",
                reason == Snapshot.Reason.MISSING || reason == Snapshot.Reason.DAMAGED
                        ? "Delete it; or, if its storage can come back, bring that back."
                        : "Delete it; that needs no free space.",
                Map.of("snapshot", snapshot.id().value(), "reason", reason.name())));
    }

    private static Verdict disk(Situation situation, Snapshot snapshot, Volume volume) {
        Optional<DiskClaim> same = situation.claims().stream()
                .filter(claim ->
                        claim.disk().source().filter(volume.source()::equals).isPresent())
                .findFirst();
        if (same.isEmpty()) {
            return hiding(situation, volume).isPresent()
                    ? Findings.NONE
                    : drifted(
                            situation,
                            snapshot,
                            volume,
                            "is no longer a disk of the VM",
                            snapshot.ram()
                                    ? "Attach that disk again."
                                    : "Attach that disk again; or keep the present configuration, and the others come back.");
        }
        String format = same.get().disk().format().orElse("none");
        if (!format.equals(volume.format())) {
            return drifted(
                    situation,
                    snapshot,
                    volume,
                    "had format " + volume.format() + " and has format " + format + " now",
                    "Bring back the disk as it was.");
        }
        boolean isOwned = same.get().owners().containsKey(volume.storage());
        Optional<VolumeState> unknown = situation.stateOf(volume).filter(VolumeState::isUnknown);
        if (!isOwned && unknown.isPresent()) {
            // Nobody, or somebody else, owns the place of a storage that is away.
            return Findings.refused(unknown.get().objectionsTo(Verb.RESTORE));
        }
        Optional<Refusal> refusal = Participation.refusal(same.get());
        if (refusal.isPresent()) {
            return Findings.refused(refusal.get());
        }
        return isOwned
                ? Findings.NONE
                : drifted(
                        situation,
                        snapshot,
                        volume,
                        "belonged to storage driver " + volume.storage() + " and belongs to "
                                + String.join(", ", same.get().owners().keySet()) + " now",
                        "Let storage driver " + volume.storage() + " own the disk again.");
    }

    private static Verdict drifted(Situation situation, Snapshot snapshot, Volume volume, String how, String remedy) {
        return Findings.refused(new Refusal(
                Refusal.Code.CONFIGURATION_DRIFTED,
                "Disk " + volume.target() + " (" + volume.source() + ") of " + Words.snapshot(snapshot) + " of "
                        + Words.vm(situation) + " " + how + ".",
                remedy,
                Map.of(
                        "snapshot",
                        snapshot.id().value(),
                        "disk",
                        volume.target(),
                        "source",
                        volume.source(),
                        "differences",
                        "disk " + volume.target() + " " + how)));
    }

    /** Whether nothing stands against the restore of a part that is whole, whatever else is allowed to change. */
    static Verdict restorable(Situation situation, Snapshot snapshot) {
        return Findings.refused(snapshot.volumes().stream()
                .flatMap(volume -> situation.states().part(volume, snapshot).stream())
                .filter(part -> part.flaw().isEmpty())
                .flatMap(part -> part.objections().stream())
                .toList());
    }

    /** Whether every volume that was looked at holds its part. */
    static Verdict parts(Situation situation, Snapshot snapshot) {
        String gone = disks(situation, snapshot, part -> part.isEmpty());
        if (!gone.isEmpty()) {
            return incomplete(
                    snapshot,
                    Words.theSnapshot(snapshot) + " is no longer in the storage of " + gone + ".",
                    Map.of("snapshot", snapshot.id().value(), "disks", gone));
        }
        String flawed =
                disks(situation, snapshot, part -> part.flatMap(Part::flaw).isPresent());
        return flawed.isEmpty()
                ? Findings.NONE
                : incomplete(
                        snapshot,
                        "The part of " + Words.snapshot(snapshot) + " in the storage of " + flawed
                                + " cannot be used any more.",
                        Map.of("snapshot", snapshot.id().value(), "disks", flawed));
    }

    /** Whether the images still stand on the layers on which the snapshot was taken. */
    static Verdict sameChain(Situation situation, Snapshot snapshot) {
        return new Verdict(ChainDifference.of(situation, snapshot), ChainDifference.unrecorded(situation, snapshot));
    }

    /** Whether no other VM has a disk that would go back. */
    static Verdict unshared(Situation situation, Snapshot snapshot) {
        return Findings.refused(snapshot.volumes().stream()
                .filter(volume -> situation.surroundings().sharing().containsKey(volume.key()))
                .map(volume -> new Refusal(
                        Refusal.Code.IMAGE_SHARED,
                        "Disk " + volume.target() + " (" + volume.source() + ") of " + Words.vm(situation)
                                + " also belongs to " + SurroundingsRule.others(situation, volume)
                                + ", whose data would go back too.",
                        "Take the disk out of the configuration of the other VM.",
                        Map.of("disk", volume.target(), "source", volume.source())))
                .toList());
    }

    private static String disks(Situation situation, Snapshot snapshot, Predicate<Optional<Part>> which) {
        return snapshot.volumes().stream()
                .filter(volume -> situation
                        .stateOf(volume)
                        .filter(state -> !state.isUnknown())
                        .map(state -> state.asSeen().flatMap(seen -> seen.part(snapshot.id())))
                        .filter(which)
                        .isPresent())
                .map(Volume::target)
                .collect(Collectors.joining(", "));
    }

    private static Verdict ram(Situation situation, Snapshot snapshot) {
        Optional<Volume> keeper = snapshot.ram()
                ? RamPlace.of(snapshot.volumes(), situation.traits()).flatMap(place -> snapshot.volumes().stream()
                        .filter(place::isWith)
                        .findFirst())
                : Optional.empty();
        boolean lost = keeper.flatMap(volume -> situation.states().part(volume, snapshot))
                .filter(part -> part.ramBytes() == 0)
                .isPresent();
        return lost
                ? incomplete(
                        snapshot,
                        "The RAM of " + Words.snapshot(snapshot) + " is no longer in the storage of "
                                + keeper.get().target() + ".",
                        Map.of(
                                "snapshot",
                                snapshot.id().value(),
                                "disks",
                                keeper.get().target(),
                                "part",
                                "ram"))
                : Findings.NONE;
    }

    private static Verdict incomplete(Snapshot snapshot, String message, Map<String, String> data) {
        return Findings.refused(new Refusal(
                Refusal.Code.SNAPSHOT_INCOMPLETE,
                message,
                "Delete " + Words.snapshot(snapshot) + "; what is left of it cannot be restored.",
                data));
    }

    private static String doing(Snapshot snapshot) {
        return switch (snapshot.status()) {
            case CREATING -> "being taken";
            case RESTORING -> "being restored";
            case DELETING -> "being deleted";
            case AVAILABLE, UNAVAILABLE -> snapshot.status().name().toLowerCase(Locale.ROOT);
        };
    }

    private static String why(Snapshot.Reason reason) {
        return switch (reason) {
            case NO_SPACE -> "space ran out while it was being taken";
            case MISSING -> "a part of it is no longer on storage";
            case INTERRUPTED -> "taking it was interrupted";
            case OVERFLOWN -> "the room for what has changed since ran out";
            case DAMAGED -> "a part of it cannot be used";
            case HALF_DELETED -> "deleting it failed half way";
        };
    }
}
