package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.spi.VolumeState;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Compares the recorded status of snapshots with their parts on storage. What is unknown changes nothing. */
public final class Wholeness {
    // A part that was absent, or that its storage could not use, can be there again.
    private static final Set<Snapshot.Reason> CURABLE = EnumSet.of(Snapshot.Reason.MISSING, Snapshot.Reason.DAMAGED);

    private Wholeness() {}

    /**
     * Finds snapshots that should be usable but are not.
     *
     * @param situation the record and the states that were seen
     * @return the proved reason of each
     */
    public static Map<SnapshotId, Snapshot.Reason> unusable(Situation situation) {
        Map<SnapshotId, Snapshot.Reason> unusable = new LinkedHashMap<>();
        for (Snapshot snapshot : situation.record().tree().snapshots()) {
            if (snapshot.status() == Snapshot.Status.AVAILABLE) {
                flaw(situation, snapshot).ifPresent(why -> unusable.put(snapshot.id(), why));
            }
        }
        return unusable;
    }

    /**
     * Finds why a snapshot cannot be used.
     *
     * @param situation the record and the states that were seen
     * @param snapshot which snapshot
     * @return the proved reason, or empty if it can be used or if not enough was seen
     */
    public static Optional<Snapshot.Reason> flaw(Situation situation, Snapshot snapshot) {
        return flaw(
                snapshot,
                snapshot.volumes().stream()
                        .flatMap(volume -> situation.stateOf(volume).stream())
                        .toList());
    }

    static Optional<Snapshot.Reason> flaw(Snapshot snapshot, List<VolumeState> states) {
        List<VolumeState> known =
                states.stream().filter(state -> !state.isUnknown()).toList();
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

    /**
     * Returns the tree in which snapshots that were recorded as missing, and that are whole again, are available.
     *
     * @param situation the record and the states that were seen
     * @return the tree, the recorded one if nothing has healed
     */
    public static SnapshotTree healed(Situation situation) {
        SnapshotTree tree = situation.record().tree();
        return tree.replaceAll(tree.snapshots().stream()
                .filter(snapshot -> isCurable(snapshot) && isWhole(situation, snapshot))
                .map(snapshot -> snapshot.withStatus(Snapshot.Status.AVAILABLE))
                .toList());
    }

    /**
     * Returns the tree with every status that the states prove.
     *
     * @param situation the record and the states that were seen
     * @return the tree, the recorded one if all agrees
     */
    public static SnapshotTree proved(Situation situation) {
        SnapshotTree tree = healed(situation);
        return tree.replaceAll(unusable(situation).entrySet().stream()
                .map(lost -> tree.find(lost.getKey()).orElseThrow().unavailable(lost.getValue()))
                .toList());
    }

    /** Whether a snapshot can be available again once its parts are. */
    static boolean isCurable(Snapshot snapshot) {
        return snapshot.reason().filter(CURABLE::contains).isPresent()
                && snapshot.receipt().isPresent();
    }

    private static boolean isWhole(Situation situation, Snapshot snapshot) {
        return snapshot.volumes().stream()
                        .allMatch(volume ->
                                situation.states().part(volume, snapshot).isPresent())
                && flaw(situation, snapshot).isEmpty();
    }
}
