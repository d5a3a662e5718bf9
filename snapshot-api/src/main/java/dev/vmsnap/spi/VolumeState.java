package dev.vmsnap.spi;

import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a storage driver saw of a volume.
 *
 * @param volume the volume with the size it has now
 * @param store the name of the pool of space it draws from, for example a mount point; two volumes with the same name
 *     share the space
 * @param freeBytes what is free there, in bytes
 * @param neededBytes what one more snapshot needs there at once, without RAM, in bytes
 * @param snapshots what it holds of each snapshot of ours
 * @param foreign names of snapshots that are not ours
 * @param snapshotBytes what all snapshots of the volume take together, foreign ones too, in bytes: what deleting all of
 *     them would free; empty where it cannot be told, and where only {@link StorageDriver#examine} counts it
 * @param leakedBytes what is allocated and used by nothing, in bytes; 0 when none is, when it
 *     cannot be told now, and where only {@link StorageDriver#examine} counts it
 * @param objections what stands against a verb; none for a verb that is not a key
 * @param notices what a person should know
 * @param away whether the storage did not answer or is not the one that it was: then nothing is known but the objections
 */
public record VolumeState(
        Volume volume,
        String store,
        long freeBytes,
        long neededBytes,
        Map<SnapshotId, Part> snapshots,
        List<String> foreign,
        OptionalLong snapshotBytes,
        long leakedBytes,
        Map<Verb, List<Refusal>> objections,
        List<Verdict.Notice> notices,
        boolean away) {

    /**
     * What a volume holds of one snapshot.
     *
     * @param ramBytes the RAM that is kept with this volume, in bytes; 0 when none is
     * @param usedBytes what the part alone takes, shared with neither the volume nor another snapshot, in bytes; empty
     *     where the storage cannot tell, and where only {@link StorageDriver#examine} counts it
     * @param freedBytes what deleting it would free, in bytes; empty as {@code usedBytes}
     * @param roomBytes what it may take before it becomes useless, in bytes; empty when it grows as far as the store
     *     does, or cannot grow
     * @param flaw why it cannot be used any more; empty when it can
     */
    public record Part(
            long ramBytes,
            OptionalLong usedBytes,
            OptionalLong freedBytes,
            OptionalLong roomBytes,
            Optional<Snapshot.Reason> flaw) {
        /**
         * Returns a part that can be used and of whose size nothing is known.
         *
         * @param ramBytes as in {@link #ramBytes()}
         * @return the part
         */
        public static Part whole(long ramBytes) {
            return new Part(
                    ramBytes, OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), Optional.empty());
        }
    }

    /**
     * Returns the state of a volume whose storage cannot be looked at now. Nothing can be done with it, and nothing is said
     * about its snapshots: they are neither there nor gone.
     *
     * @param volume the volume
     * @param store as in {@link #store()}
     * @param why what stands against every verb
     * @return the state
     */
    public static VolumeState away(Volume volume, String store, Refusal why) {
        Map<Verb, List<Refusal>> objections = new EnumMap<>(Verb.class);
        for (Verb verb : Verb.values()) {
            objections.put(verb, List.of(why));
        }
        return new VolumeState(
                volume, store, 0, 0, Map.of(), List.of(), OptionalLong.empty(), 0, objections, List.of(), true);
    }

    /** Copies the collections. */
    public VolumeState {
        snapshots = Map.copyOf(snapshots);
        foreign = List.copyOf(foreign);
        objections = Map.copyOf(objections);
        notices = List.copyOf(notices);
    }

    /**
     * Returns what stands against a verb.
     *
     * @param verb the verb
     * @return the objections, may be empty
     */
    public List<Refusal> objectionsTo(Verb verb) {
        return objections.getOrDefault(verb, List.of());
    }
}
