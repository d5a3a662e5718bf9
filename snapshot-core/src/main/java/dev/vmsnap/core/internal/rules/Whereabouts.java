package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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

    /**
     * Refuses disks whose snapshots lie on another storage: something else is mounted, or lies, in the place of theirs.
     *
     * @param tree the VM's snapshots
     * @param disks disks of the VM
     * @return the refusals
     */
    static Verdict undisplaced(SnapshotTree tree, List<Volume> disks) {
        return Findings.refused(disks.stream()
                .flatMap(disk -> elsewhere(tree, disk)
                        .map(volume -> new Refusal(
                                Refusal.Code.STORAGE_AWAY,
                                "Disk " + disk.target() + " (" + disk.source() + ") belongs to storage driver "
                                        + disk.storage() + " now, and its snapshots were taken by storage driver "
                                        + volume.storage()
                                        + volume.location()
                                                .map(place -> " at " + place)
                                                .orElse("") + ".",
                                "Bring that storage back to its place, or delete the snapshots.",
                                Map.of("disk", disk.target(), "source", disk.source(), "driver", volume.storage())))
                        .stream())
                .toList());
    }

    private static Optional<Volume> elsewhere(SnapshotTree tree, Volume disk) {
        return tree.snapshots().stream()
                .filter(snapshot -> snapshot.status() != Snapshot.Status.UNAVAILABLE)
                .flatMap(snapshot -> snapshot.volumes().stream())
                .filter(volume ->
                        volume.source().equals(disk.source()) && !volume.key().equals(disk.key()))
                .findFirst();
    }
}
