package dev.vmsnap;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Snapshots for tests, in one line each. */
final class Trees {
    static final VmId VM = VmId.of("vm-1");

    private Trees() {}

    /** A snapshot at a second of time; its parent is {@code null} for a root. */
    static Snapshot snapshot(String id, String parent, int second) {
        return new Snapshot(
                SnapshotId.of(id),
                VM,
                Optional.ofNullable(parent).map(SnapshotId::of),
                Snapshot.Labels.named("name of " + id),
                Instant.ofEpochSecond(second),
                Actor.administrator("ada"),
                Snapshot.Status.AVAILABLE,
                Optional.empty(),
                false,
                PowerState.RUNNING,
                "node-1",
                List.of(),
                Set.of(),
                Optional.empty());
    }

    static SnapshotTree tree(String current, Snapshot... snapshots) {
        return SnapshotTree.of(
                VM, List.of(snapshots), Optional.ofNullable(current).map(SnapshotId::of));
    }

    static List<String> ids(List<Snapshot> snapshots) {
        return snapshots.stream().map(snapshot -> snapshot.id().value()).toList();
    }
}
