package dev.vmsnap.spi;

import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/**
 * The answer of a storage driver to the inspection of one volume: seen, absent or unknown. Only {@link Seen} speaks of
 * snapshots; only {@link Absent} is proof that they are gone; {@link Unknown} proves nothing, changes no record and
 * licenses no deletion. {@link #fold} makes a caller name all three.
 *
 * <p>Immutable and thread-safe.
 */
public sealed interface VolumeState {

    /**
     * Returns the volume that was inspected.
     *
     * @return the volume; of a seen one with the size and the chain that it has now
     */
    Volume volume();

    /**
     * Returns the objections to a verb.
     *
     * @param verb the verb
     * @return the objections, may be empty
     */
    List<Refusal> objectionsTo(Verb verb);

    /**
     * Returns the notices for a person.
     *
     * @return the notices, may be empty
     */
    default List<Verdict.Notice> notices() {
        return List.of();
    }

    /**
     * Returns the state if the volume was seen. The two other answers say different things: ask {@link #fold} wherever
     * the difference matters.
     *
     * @return this, or empty
     */
    default Optional<Seen> asSeen() {
        return this instanceof Seen seen ? Optional.of(seen) : Optional.empty();
    }

    /**
     * Reports whether nothing is known of the volume.
     *
     * @return true for {@link Unknown}
     */
    default boolean isUnknown() {
        return this instanceof Unknown;
    }

    /**
     * Applies one of three functions.
     *
     * @param seen for a volume that was seen
     * @param absent for one that is proved to be absent
     * @param unknown for one that could not be inspected
     * @param <T> the type of the result
     * @return the result of that function
     */
    default <T> T fold(Function<Seen, T> seen, Function<Absent, T> absent, Function<Unknown, T> unknown) {
        if (this instanceof Seen there) {
            return seen.apply(there);
        }
        return this instanceof Absent gone ? absent.apply(gone) : unknown.apply((Unknown) this);
    }

    /**
     * A volume that was inspected.
     *
     * @param volume the volume with the size and, if it is an image, the chain that it has now
     * @param store the name of the pool of space it draws from, for example a mount point; two volumes with the same name
     *     share the space
     * @param freeBytes the free space there, in bytes
     * @param neededBytes the space that one more snapshot needs there at once, without RAM, in bytes
     * @param snapshots the parts of our snapshots that it holds
     * @param foreign names of snapshots that are not ours
     * @param snapshotBytes the space that all snapshots of the volume take together, foreign ones too, in bytes: deleting
     *     all of them would free it; empty if it cannot be determined, and if only {@link StorageDriver#examine} counts it
     * @param leakedBytes the space that is allocated and that nothing uses, in bytes; 0 if there is none, if it cannot be
     *     determined now, and if only {@link StorageDriver#examine} counts it
     * @param objections the objections by verb; none for a verb that is not a key
     * @param notices for a person
     */
    record Seen(
            Volume volume,
            String store,
            long freeBytes,
            long neededBytes,
            Map<SnapshotId, Part> snapshots,
            List<String> foreign,
            OptionalLong snapshotBytes,
            long leakedBytes,
            Map<Verb, List<Refusal>> objections,
            List<Verdict.Notice> notices)
            implements VolumeState {

        /** Copies the collections. */
        public Seen {
            snapshots = Map.copyOf(snapshots);
            foreign = List.copyOf(foreign);
            objections = Map.copyOf(objections);
            notices = List.copyOf(notices);
        }

        @Override
        public List<Refusal> objectionsTo(Verb verb) {
            return objections.getOrDefault(verb, List.of());
        }

        /**
         * Returns the part of a snapshot.
         *
         * @param snapshot which snapshot
         * @return its part, or empty if the volume holds none
         */
        public Optional<Part> part(SnapshotId snapshot) {
            return Optional.ofNullable(snapshots.get(snapshot));
        }

        /**
         * Returns this state with other objections and notices.
         *
         * @param refusals as in {@link #objections()}
         * @param told as in {@link #notices()}
         * @return the changed copy
         */
        public Seen with(Map<Verb, List<Refusal>> refusals, List<Verdict.Notice> told) {
            return new Seen(
                    volume,
                    store,
                    freeBytes,
                    neededBytes,
                    snapshots,
                    foreign,
                    snapshotBytes,
                    leakedBytes,
                    refusals,
                    told);
        }
    }

    /**
     * A volume that is proved to be absent: its node, its tool and its storage answered, the storage is the one that it
     * was, and the volume is not there. Nothing is left of it to delete.
     *
     * @param volume the volume
     * @param why the objection to verbs that need it
     */
    record Absent(Volume volume, Refusal why) implements VolumeState {
        private static final Set<Verb> NEEDING = EnumSet.of(Verb.CREATE, Verb.RESTORE, Verb.CLONE);

        @Override
        public List<Refusal> objectionsTo(Verb verb) {
            return NEEDING.contains(verb) ? List.of(why) : List.of();
        }
    }

    /**
     * A volume that could not be inspected: no tool, no rights, storage that does not answer, is not mounted or is another
     * one, a filter in front of the disk, a tool that failed, a time-out. Its snapshots are neither there nor gone.
     *
     * @param volume the volume
     * @param why the objection to every verb; its remedy makes the volume visible again
     */
    record Unknown(Volume volume, Refusal why) implements VolumeState {
        @Override
        public List<Refusal> objectionsTo(Verb verb) {
            return List.of(why);
        }
    }

    /**
     * The part of one snapshot that a volume holds.
     *
     * @param ramBytes the RAM that is kept with this volume, in bytes; 0 if there is none
     * @param usedBytes the space that the part alone takes, shared with neither the volume nor another snapshot, in bytes;
     *     empty if the storage cannot determine it, and if only {@link StorageDriver#examine} counts it
     * @param freedBytes the space that deleting it would free, in bytes; empty as {@code usedBytes}
     * @param roomBytes the space that it may take before it becomes useless, in bytes; empty if it grows as far as the store
     *     does, or cannot grow
     * @param flaw why it cannot be used any more; empty if it can
     * @param objections the objections to restoring this very part, for as long as the volume is as it is; empty if it can
     *     be restored
     */
    record Part(
            long ramBytes,
            OptionalLong usedBytes,
            OptionalLong freedBytes,
            OptionalLong roomBytes,
            Optional<Snapshot.Reason> flaw,
            List<Refusal> objections) {

        /** Copies the list. */
        public Part {
            objections = List.copyOf(objections);
        }

        /**
         * Makes a part that can be restored unless it has a flaw.
         *
         * @param ramBytes as in {@link #ramBytes()}
         * @param usedBytes as in {@link #usedBytes()}
         * @param freedBytes as in {@link #freedBytes()}
         * @param roomBytes as in {@link #roomBytes()}
         * @param flaw as in {@link #flaw()}
         */
        public Part(
                long ramBytes,
                OptionalLong usedBytes,
                OptionalLong freedBytes,
                OptionalLong roomBytes,
                Optional<Snapshot.Reason> flaw) {
            this(ramBytes, usedBytes, freedBytes, roomBytes, flaw, List.of());
        }

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
}
