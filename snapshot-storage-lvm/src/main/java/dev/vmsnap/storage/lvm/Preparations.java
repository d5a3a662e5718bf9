package dev.vmsnap.storage.lvm;

import dev.vmsnap.SnapshotId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was found out for a cut while the guest still ran, to shorten the cut. Nothing depends on it: a cut that finds
 * nothing here looks by itself. Thread-safe.
 */
final class Preparations {
    private static final int MOST = 1000;

    private final Map<SnapshotId, Prepared> all = new LinkedHashMap<>();

    private record Prepared(List<LvPath> volumes, Owner owner, List<List<String>> commands) {}

    synchronized void keep(SnapshotId id, List<LvPath> volumes, Owner owner, List<List<String>> commands) {
        all.remove(id);
        if (all.size() >= MOST) {
            all.remove(all.keySet().iterator().next());
        }
        all.put(id, new Prepared(List.copyOf(volumes), owner, commands));
    }

    /** Hands out what was kept for exactly this cut, once. */
    synchronized Optional<List<List<String>>> take(SnapshotId id, List<LvPath> volumes, Owner owner) {
        return Optional.ofNullable(all.remove(id))
                .filter(prepared ->
                        prepared.volumes().equals(volumes) && prepared.owner().equals(owner))
                .map(Prepared::commands);
    }
}
