package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmDescription.Disk.Flag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which disks of a VM take part in a snapshot.
 *
 * @param volumes the disks that do, in the order of the configuration, without their sizes
 * @param leftOut one notice for each disk that does not and need not
 * @param refusals one for each disk that should but cannot, or one when nothing is left
 */
public record Participation(List<Volume> volumes, List<Verdict.Notice> leftOut, List<Refusal> refusals) {

    /** Copies the lists. */
    public Participation {
        volumes = List.copyOf(volumes);
        leftOut = List.copyOf(leftOut);
        refusals = List.copyOf(refusals);
    }

    /**
     * Sorts the disks of a VM of which none is to be left out.
     *
     * @param claims all disks of its configuration, in that order
     * @param ram whether its RAM is to be saved too
     * @return which take part
     */
    public static Participation of(List<DiskClaim> claims, boolean ram) {
        return of(claims, ram, Set.of());
    }

    /**
     * Sorts the disks of a VM.
     *
     * @param claims all disks of its configuration, in that order
     * @param ram whether its RAM is to be saved too
     * @param excluded targets of those that are to be left out
     * @return which take part
     */
    public static Participation of(List<DiskClaim> claims, boolean ram, Set<String> excluded) {
        return of(claims, ram, excluded, !ram);
    }

    /**
     * Sorts the disks of a VM whatever its configuration says of snapshots, for verbs that take no snapshot of it.
     *
     * @param claims all disks of its configuration, in that order
     * @return which could take part
     */
    public static Participation unmarked(List<DiskClaim> claims) {
        return of(claims, false, Set.of(), false);
    }

    private static Participation of(List<DiskClaim> claims, boolean ram, Set<String> excluded, boolean marksCount) {
        List<Volume> volumes = new ArrayList<>();
        List<Verdict.Notice> leftOut = new ArrayList<>();
        List<Refusal> refusals = new ArrayList<>();
        for (DiskClaim claim : claims) {
            VmDescription.Disk disk = claim.disk();
            boolean unwanted = excluded.contains(disk.target());
            Optional<Refusal> ramRefusal = ram ? savingRam(disk, unwanted) : Optional.empty();
            Optional<String> why = leftOut(disk)
                    .or(() -> unwanted ? Optional.of("it is to be left out") : Optional.empty())
                    .or(() -> marksCount ? marked(disk) : Optional.empty());
            if (ramRefusal.isPresent()) {
                refusals.add(ramRefusal.get());
            } else if (why.isPresent()) {
                leftOut.add(new Verdict.Notice(
                        Verdict.Notice.Code.DISK_LEFT_OUT,
                        Words.disk(disk) + " is not part of the snapshot: " + why.get() + ".",
                        Map.of("disk", disk.target())));
            } else {
                refusal(claim).ifPresentOrElse(refusals::add, () -> volumes.add(volume(claim)));
                marked(disk)
                        .filter(mark -> ram)
                        .ifPresent(mark -> leftOut.add(new Verdict.Notice(
                                Verdict.Notice.Code.MARK_NOT_HONOURED,
                                Words.disk(disk) + " is part of the snapshot although " + mark
                                        + ": with RAM all disks must be of one instant.",
                                Map.of("disk", disk.target()))));
            }
        }
        excluded.stream()
                .filter(target ->
                        claims.stream().noneMatch(claim -> claim.disk().target().equals(target)))
                .sorted()
                .forEach(target -> refusals.add(unknown(target)));
        if (volumes.isEmpty() && refusals.isEmpty()) {
            refusals.add(Refusal.of(
                    Refusal.Code.NO_DISKS,
                    "The VM has no disk that could be part of a snapshot.",
                    "Give the VM a writable disk on storage that can make snapshots."));
        }
        return new Participation(volumes, leftOut, refusals);
    }

    /** Says why a disk need not take part; empty when it should. */
    static Optional<String> leftOut(VmDescription.Disk disk) {
        if (disk.device() == VmDescription.Device.CDROM) {
            return Optional.of("it is a CD-ROM");
        }
        if (disk.device() == VmDescription.Device.FLOPPY) {
            return Optional.of("it is a floppy");
        }
        if (disk.source().isEmpty()) {
            return Optional.of("it has no medium");
        }
        if (disk.is(Flag.READ_ONLY)) {
            return Optional.of("it is read-only");
        }
        return disk.is(Flag.TRANSIENT) ? Optional.of("what the guest writes to it is thrown away") : Optional.empty();
    }

    /** Says why a snapshot without RAM leaves a disk out that it could take; empty if it takes it. */
    static Optional<String> marked(VmDescription.Disk disk) {
        return disk.is(Flag.NO_SNAPSHOT) ? Optional.of("its configuration says snapshot='no'") : Optional.empty();
    }

    /** Says what keeps a disk that should take part from it, whether or not RAM is saved. */
    static Optional<Refusal> refusal(DiskClaim claim) {
        VmDescription.Disk disk = claim.disk();
        Map<String, StorageKind> owners = new TreeMap<>(claim.owners());
        if (disk.device() == VmDescription.Device.LUN) {
            return refuse(
                    Refusal.Code.STORAGE_UNSUPPORTED,
                    disk,
                    " is a SCSI device handed through to the guest, which cannot be snapshotted from outside.",
                    "Attach the storage as an ordinary disk instead.");
        }
        if (disk.is(Flag.SHAREABLE)) {
            return refuse(
                    Refusal.Code.DISK_SHAREABLE,
                    disk,
                    " is shared with other VMs, whose data a restore would change.",
                    "Make the disk read-only or stop sharing it.");
        }
        if (disk.type() == VmDescription.SourceType.RBD || owners.containsValue(StorageKind.RBD)) {
            return refuse(
                    Refusal.Code.STORAGE_UNSUPPORTED,
                    disk,
                    " lies on Ceph RBD, for which snapshots are not supported.",
                    "Move the disk to file storage, NAS or LVM.",
                    "kind",
                    StorageKind.RBD.name());
        }
        if (owners.isEmpty()) {
            return refuse(
                    Refusal.Code.NO_STORAGE_DRIVER,
                    disk,
                    " belongs to no storage driver of this engine.",
                    disk.type() == VmDescription.SourceType.OTHER
                            ? "If the source names a storage pool, start the pool; or name the disk's file or device itself."
                            : "Add the storage driver of that disk, or move the disk to storage that has one.",
                    "type",
                    disk.type().name());
        }
        if (owners.size() > 1) {
            String drivers = String.join(", ", owners.keySet());
            return refuse(
                    Refusal.Code.SEVERAL_STORAGE_DRIVERS,
                    disk,
                    " is claimed by several storage drivers: " + drivers + ".",
                    "Configure the storage drivers so that exactly one of them claims the disk.",
                    "drivers",
                    drivers);
        }
        if (disk.format().filter(format -> !format.isBlank()).isEmpty()) {
            return refuse(
                    Refusal.Code.FORMAT_UNSUPPORTED,
                    disk,
                    " has no format in the VM's configuration, and formats are never guessed.",
                    "State the disk's format in the VM's configuration.");
        }
        return Optional.empty();
    }

    /** Says that the VM has no such disk. */
    static Refusal unknown(String target) {
        return new Refusal(
                Refusal.Code.DISK_UNKNOWN,
                "The VM has no disk " + target + ".",
                "Name a disk by its target, such as vda.",
                Map.of("disk", target));
    }

    private static Optional<Refusal> savingRam(VmDescription.Disk disk, boolean unwanted) {
        if (disk.source().isEmpty() || disk.is(Flag.READ_ONLY)) {
            return Optional.empty();
        }
        if (unwanted && leftOut(disk).isEmpty()) {
            return refuse(
                    Refusal.Code.DISK_NEEDED,
                    disk,
                    " cannot be left out of a snapshot with RAM: the guest would go on with a disk that does not fit its"
                            + " memory.",
                    "Take the snapshot with all disks, or without RAM.");
        }
        if (disk.device() == VmDescription.Device.FLOPPY) {
            return refuse(
                    Refusal.Code.FORMAT_UNSUPPORTED,
                    disk,
                    " is a writable floppy, with which RAM cannot be saved.",
                    "Eject the floppy or make it read-only, or take the snapshot without RAM.");
        }
        if (disk.is(Flag.TRANSIENT)) {
            return refuse(
                    Refusal.Code.DISK_TRANSIENT,
                    disk,
                    " throws away what the guest writes, and with such a disk RAM cannot be saved.",
                    "Make the disk an ordinary one, or take the snapshot without RAM.");
        }
        return Optional.empty();
    }

    private static Optional<Refusal> refuse(
            Refusal.Code code, VmDescription.Disk disk, String what, String remedy, String... more) {
        Map<String, String> data = new TreeMap<>(
                Map.of("disk", disk.target(), "source", disk.source().orElse("")));
        if (more.length > 0) {
            data.put(more[0], more[1]);
        }
        return Optional.of(new Refusal(code, Words.disk(disk) + what, remedy, data));
    }

    private static Volume volume(DiskClaim claim) {
        Map.Entry<String, StorageKind> owner =
                claim.owners().entrySet().iterator().next();
        return new Volume(
                claim.disk().target(),
                claim.disk().source().orElseThrow(),
                claim.disk().format().orElseThrow(),
                owner.getValue(),
                owner.getKey(),
                OptionalLong.empty());
    }
}
