package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.RecordMerge.Source;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VolumeState;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Holds the stores whose copies hold nothing any more that the merged records do not. A copy names snapshots and leftovers;
 * each must be recorded, or be another VM's, or be proved to be on no disk.
 *
 * @param stores the ids of those stores
 * @param gone the snapshots that are proved to be on storage no more, or that the store keeps for another VM
 */
public record Succession(Set<String> stores, Set<SnapshotId> gone) {
    /** Copies the sets. */
    public Succession {
        stores = Set.copyOf(stores);
        gone = Set.copyOf(gone);
    }

    /**
     * Judges the copies of other stores.
     *
     * @param seen the VM's disks, their states, and the VMs of other snapshots; no disk is unknown
     * @param record the merged record
     * @param store the id of the store
     * @param sources the copies that were merged, and the states of the disks as their stores see them
     * @param views the states of the disks by store; a store that is not among them keeps its copy
     * @return the stores whose copies can go
     */
    static Succession of(
            Situation seen,
            VmRecord record,
            String store,
            Collection<Source> sources,
            Map<String, VolumeStates> views) {
        Set<Volume.Key> disks = Participation.unmarked(seen.claims()).volumes().stream()
                .map(Volume::key)
                .collect(Collectors.toSet());
        Map<SnapshotId, Set<Volume.Key>> named = new HashMap<>();
        Map<String, Set<SnapshotId>> ids = new HashMap<>();
        for (Source source : sources) {
            Set<SnapshotId> all = ids.computeIfAbsent(source.store(), none -> new HashSet<>());
            volumes(source).forEach((id, volumes) -> {
                all.add(id);
                named.computeIfAbsent(id, none -> new HashSet<>()).addAll(volumes);
            });
        }
        Set<SnapshotId> known = Stream.concat(
                        record.tree().snapshots().stream().map(Snapshot::id),
                        record.leftovers().stream().map(VmRecord.Leftover::snapshot))
                .collect(Collectors.toSet());
        Set<SnapshotId> gone = named.entrySet().stream()
                .filter(entry -> !known.contains(entry.getKey()))
                .filter(entry -> seen.surroundings().owners().containsKey(entry.getKey())
                        || (disks.containsAll(entry.getValue()) && isNowhere(entry.getKey(), views.values())))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        Set<String> stores = ids.entrySet().stream()
                .filter(entry -> !entry.getKey().isEmpty() && !entry.getKey().equals(store))
                .filter(entry -> views.containsKey(entry.getKey()))
                .filter(entry -> entry.getValue().stream().allMatch(id -> known.contains(id) || gone.contains(id)))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
        return new Succession(stores, gone);
    }

    private static Map<SnapshotId, List<Volume.Key>> volumes(Source source) {
        VmRecord record = source.copy().record();
        Map<SnapshotId, List<Volume.Key>> all = new HashMap<>();
        record.tree()
                .snapshots()
                .forEach(snapshot -> all.put(
                        snapshot.id(),
                        snapshot.volumes().stream().map(Volume::key).toList()));
        record.leftovers()
                .forEach(
                        left -> all.merge(left.snapshot(), List.of(left.volume().key()), (some, more) -> Stream.concat(
                                        some.stream(), more.stream())
                                .toList()));
        return all;
    }

    private static boolean isNowhere(SnapshotId id, Collection<VolumeStates> views) {
        return views.stream()
                .flatMap(VolumeStates::all)
                .flatMap(state -> state.asSeen().stream())
                .map(VolumeState.Seen::snapshots)
                .noneMatch(snapshots -> snapshots.containsKey(id));
    }
}
