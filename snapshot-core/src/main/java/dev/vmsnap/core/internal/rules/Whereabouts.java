package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

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

    /**
     * Returns the volumes of snapshots that lie where a disk has its source and that no driver claims now: a link into a
     * mount that is away, for example. The driver that has the snapshots knows why.
     *
     * @param tree the VM's snapshots
     * @param claims the VM's disks
     * @return one volume for each such disk
     */
    public static List<Volume> unclaimed(SnapshotTree tree, List<DiskClaim> claims) {
        return Volumes.newest(tree.snapshots().stream()
                .flatMap(snapshot -> snapshot.volumes().stream())
                .filter(volume -> claims.stream()
                        .filter(claim -> claim.owners().isEmpty())
                        .anyMatch(claim -> claim.disk()
                                .source()
                                .filter(volume.source()::equals)
                                .isPresent())));
    }

    /** Replaces "no driver" by what the driver that has the snapshots of that disk reports. */
    static List<Refusal> explained(Situation situation, List<Refusal> refusals) {
        return refusals.stream()
                .flatMap(refusal -> {
                    List<Refusal> known = situation
                            .states()
                            .all()
                            .filter(state -> refusal.code() == Refusal.Code.NO_STORAGE_DRIVER
                                    && state.isUnknown()
                                    && state.volume()
                                            .source()
                                            .equals(refusal.data().get("source")))
                            .flatMap(state -> state.objectionsTo(Verb.CREATE).stream())
                            .toList();
                    return known.isEmpty() ? Stream.of(refusal) : known.stream();
                })
                .toList();
    }
}
