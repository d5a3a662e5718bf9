package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Volume;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Where the disks of a VM were when snapshots were taken of them. */
public final class Whereabouts {
    private Whereabouts() {}

    /**
     * Tells each disk where its newest snapshot was seen, so that another storage in the same place does not pass for the
     * one with the snapshots.
     *
     * @param tree the VM's snapshots
     * @param disks disks of the VM
     * @return the disks in their order, each with its location where one is known
     */
    public static List<Volume> remembered(SnapshotTree tree, List<Volume> disks) {
        return disks.stream()
                .map(disk -> location(tree, disk).map(disk::at).orElse(disk))
                .toList();
    }

    private static Optional<String> location(SnapshotTree tree, Volume disk) {
        return tree.snapshots().stream()
                .sorted(Comparator.comparing(Snapshot::createdAt).reversed())
                .flatMap(snapshot -> snapshot.volumes().stream())
                .filter(volume -> volume.source().equals(disk.source())
                        && volume.storage().equals(disk.storage()))
                .flatMap(volume -> volume.location().stream())
                .findFirst();
    }
}
