package dev.vmsnap.core.internal.rules;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Finds snapshots of ours that storage holds and the store does not know. */
public final class UnknownSnapshots {
    private UnknownSnapshots() {}

    /**
     * Returns the snapshots on one disk that are neither the VM's, nor another VM's of this store, nor still to be deleted.
     *
     * @param situation the record, the states and the VMs of other snapshots
     * @param volume which disk
     * @return their ids, sorted; none if the disk was not seen
     */
    public static Set<SnapshotId> on(Situation situation, Volume volume) {
        return situation.states().seen(volume).stream()
                .flatMap(state -> state.snapshots().keySet().stream())
                .filter(id -> isUnknown(situation, id))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean isUnknown(Situation situation, SnapshotId id) {
        return situation.record().tree().find(id).isEmpty()
                && !situation.surroundings().owners().containsKey(id)
                && situation.record().leftovers().stream()
                        .noneMatch(left -> left.snapshot().equals(id));
    }

    /** Returns those of all disks as another store sees them. */
    static Set<SnapshotId> of(Situation situation, VolumeStates states) {
        return states.all()
                .flatMap(state -> state.asSeen().stream())
                .flatMap(state -> state.snapshots().keySet().stream())
                .filter(id -> isUnknown(situation, id))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Returns those of all disks that were inspected.
     *
     * @param situation as for {@link #on}
     * @return their ids, sorted
     */
    public static Set<SnapshotId> of(Situation situation) {
        return situation
                .states()
                .all()
                .map(VolumeState::volume)
                .flatMap(volume -> on(situation, volume).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns a phrase with the bytes of these snapshots, as far as the storage has counted them. */
    private static String bytes(Situation situation, Volume volume, Set<SnapshotId> unknown) {
        long bytes = situation.states().seen(volume).stream()
                .flatMap(state -> unknown.stream().flatMap(id -> state.part(id).stream()))
                .mapToLong(part -> part.usedBytes().orElse(part.ramBytes()))
                .sum();
        return bytes == 0 ? "" : "; " + Words.bytes(bytes) + " or more";
    }

    /** A new snapshot can be taken beside them, but somebody should know. */
    static Verdict noticed(Situation situation, List<Volume> volumes) {
        return Findings.all(volumes.stream().map(volume -> {
            Set<SnapshotId> unknown = on(situation, volume);
            return unknown.isEmpty()
                    ? Findings.NONE
                    : Findings.noticed(
                            Verdict.Notice.Code.UNKNOWN_SNAPSHOTS,
                            "Disk " + volume.target() + " holds snapshots of vmsnap that this store does not know ("
                                    + unknown.stream().map(SnapshotId::value).collect(Collectors.joining(", "))
                                    + bytes(situation, volume, unknown)
                                    + "); no limit counts them. It may be the wrong store, or a new one in place of one that was lost.",
                            Map.of(
                                    "disk",
                                    volume.target(),
                                    "source",
                                    volume.source(),
                                    "snapshots",
                                    unknown.stream().map(SnapshotId::value).collect(Collectors.joining(", "))));
        }));
    }
}
