package dev.vmsnap.storage.lvm;

import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What stands against each verb on one volume, and what a person should know. None stands against deleting. */
final class Objections {
    private static final String RAW = "raw";
    private static final Verb[] USING = {Verb.CREATE, Verb.RESTORE};
    private static final SnapshotId LONGEST = SnapshotId.of("a".repeat(40));
    private static final double NEARLY_FULL_PERCENT = 80;

    private final Volume volume;
    private final Scene scene;
    private final Groups groups;
    private final DriverCall call;
    private final Subject subject;
    private final Map<Verb, List<Refusal>> refusals = new EnumMap<>(Verb.class);
    private final List<Notice> notices = new ArrayList<>();

    Objections(Volume volume, Scene scene, Groups groups, DriverCall call) {
        this.volume = volume;
        this.scene = scene;
        this.groups = groups;
        this.call = call;
        this.subject = scene.subject(Scene.path(volume));
        weigh();
    }

    Map<Verb, List<Refusal>> refusals() {
        return refusals;
    }

    List<Notice> notices() {
        return notices;
    }

    private void weigh() {
        if (!volume.format().equals(RAW)) {
            refuse(
                    Code.FORMAT_UNSUPPORTED,
                    "is in format " + printable(volume.format()) + " on a logical volume",
                    "State format raw in the VM's configuration, if that is what the volume holds.",
                    USING);
        }
        Optional<VolumeGroup> group = scene.report().group(subject.path().group());
        if (group.isEmpty() || subject.disk().isEmpty()) {
            gone(group.isPresent());
            return;
        }
        weighGroup(group.get());
        weighVolume(subject.disk().get());
        weighSnapshots(subject.disk().get());
        scene.pool(subject.disk().get()).ifPresent(pool -> {
            weighPool(pool);
            if (groups.isShared(pool.path().group())) {
                weighNeighbours(pool);
            }
        });
    }

    private void gone(boolean groupIsThere) {
        String complaint = scene.report().complaint();
        refuse(
                Code.IMAGE_UNUSABLE,
                groupIsThere
                        ? "is missing from volume group " + subject.path().group()
                        : "lies in a volume group that the node does not see"
                                + (complaint.isEmpty() ? "" : " (" + complaint + ")"),
                "Bring the volume back, or take the disk out of the VM's configuration.",
                USING);
    }

    private void weighGroup(VolumeGroup group) {
        boolean shared = groups.isShared(group.name());
        if (group.isShared() != shared) {
            refuse(
                    Code.STORAGE_UNSUPPORTED,
                    shared
                            ? "lies in volume group " + group.name() + ", which nodes do not share by lvmlockd"
                            : "lies in volume group " + group.name() + ", which nodes share",
                    shared
                            ? "Name the group with inVolumeGroup, or share it ('vgchange --lock-type sanlock')."
                            : "Name the group with inSharedVolumeGroup.",
                    USING);
        }
        if (group.isPartial()) {
            refuse(
                    Code.IMAGE_UNUSABLE,
                    "lies in volume group " + group.name() + ", from which a physical volume is missing",
                    "Bring the missing physical volume back ('pvs' names it).",
                    USING);
        }
        if (group.isReadOnly()) {
            refuse(
                    Code.IMAGE_UNUSABLE,
                    "lies in volume group " + group.name() + ", which may only be read",
                    "Let the group be changed ('vgchange --metadatacopies', 'lvmsystemid' and locks tell why).",
                    USING);
        }
    }

    private void weighVolume(Lv disk) {
        if (!disk.canBeADisk() || Names.read(subject.path().name()).isPresent()) {
            refuse(
                    Code.STORAGE_UNSUPPORTED,
                    "is part of something else: a snapshot, a pool or the leg of a mirror",
                    "Give the VM a logical volume of its own.",
                    USING);
        }
        subject.unfinished().ifPresent(this::unfinished);
        if (subject.unfinished().isEmpty() && disk.isMerging()) {
            refuse(
                    Code.IMAGE_IN_USE,
                    "is taking back a snapshot that vmsnap did not make",
                    "Wait for the end of the merge ('lvs -a' shows it).",
                    USING);
        }
        if (call.vm().power().isActive() && !disk.isActive()) {
            refuse(
                    groups.isShared(subject.path().group()) ? Code.VOLUME_ELSEWHERE : Code.IMAGE_UNUSABLE,
                    "is not active on the node, though the VM is running",
                    "Activate the volume on the node that the VM runs on.",
                    USING);
        }
        if (!call.vm().power().isActive() && disk.isOpen()) {
            refuse(
                    Code.IMAGE_IN_USE,
                    "is open, though the VM is off",
                    "End what uses the volume; it may be mounted.",
                    Verb.RESTORE);
        }
        if (subject.isThinOrigin()) {
            refuse(
                    Code.IMAGE_IN_USE,
                    "is thin and has snapshots with room of their own, which a restore would remove",
                    "Remove those snapshots ('lvs -a' shows them).",
                    Verb.RESTORE);
        }
        if (!Names.away(subject.path(), LONGEST).fitsTheKernel()
                || (!disk.isThin() && !subject.path().fitsTheKernel())) {
            refuse(
                    Code.DRIVER_REFUSED,
                    "has a name that is too long for the names of its snapshots",
                    "Rename the volume or its volume group: a group may have 60 characters, with the volume 120, less"
                            + " for each '-'.",
                    Verb.CREATE);
        }
    }

    private void unfinished(SnapshotId id) {
        refuse(
                Code.IMAGE_UNUSABLE,
                "is in the middle of going back to snapshot " + id,
                "Recover, or restore snapshot " + id + " again: that brings it to its end.",
                Verb.CREATE,
                Verb.MIGRATE);
    }

    private void weighPool(Lv pool) {
        Pools.trouble(pool)
                .ifPresent(what -> refuse(
                        Pools.isFull(pool) ? Code.NO_SPACE : Code.IMAGE_UNUSABLE,
                        "lies in thin pool " + pool.path() + ", which " + what,
                        Pools.isFull(pool)
                                ? "Extend the pool ('lvextend', with --poolmetadatasize for metadata), or delete a"
                                        + " snapshot."
                                : "Repair the pool while nothing uses it.",
                        USING));
        double fill =
                Math.max(pool.dataPercent().orElse(0), pool.metadataPercent().orElse(0));
        if (fill >= NEARLY_FULL_PERCENT && Pools.trouble(pool).isEmpty()) {
            notice(
                    Notice.Code.SPACE_MAY_RUN_OUT,
                    "Thin pool " + pool.path() + " is " + (int) fill + " % full; extend it before it is full.");
        }
    }

    /** A thin pool that nodes share is active on one of them as a whole. */
    private void weighNeighbours(Lv pool) {
        Set<String> own = call.vm().disks().stream()
                .flatMap(disk -> disk.source().flatMap(LvPath::of).stream())
                .map(LvPath::name)
                .collect(Collectors.toSet());
        long strangers = scene.report().in(pool.path().group()).stream()
                .filter(lv -> lv.isThin() && lv.pool().equals(pool.path().name()))
                .filter(lv -> !lv.isOwnedBy(scene.owner()) && !lv.path().equals(subject.path()))
                .filter(lv -> !own.contains(lv.path().name()))
                .count();
        if (strangers > 0) {
            refuse(
                    Code.COLD_MIGRATION_LOCKED,
                    "lies in thin pool " + pool.path() + " together with " + strangers
                            + " volumes that are not this VM's, and a pool moves as a whole",
                    "Give the VM a pool of its own.",
                    Verb.MIGRATE);
        }
    }

    private void weighSnapshots(Lv disk) {
        if (!subject.foreign().isEmpty()) {
            notice(
                    Notice.Code.FOREIGN_SNAPSHOTS,
                    "Disk " + volume.target() + " has " + subject.foreign().size()
                            + " snapshots that vmsnap did not make; they are left alone.");
        }
        subject.parts().forEach((id, part) -> {
            if (part.isThickSnapshot() && part.originBytes() != disk.bytes()) {
                notice(
                        Notice.Code.CONFIGURATION_DRIFTED,
                        "Disk " + volume.target() + " had another size when snapshot " + id + " was taken ("
                                + part.originBytes() + " bytes); it cannot go back to it before it has that size.");
            }
            boolean small = part.isThickSnapshot() && !Room.suffices(part.bytes(), disk.bytes());
            if (small && 2 * part.usedBytes().orElse(0) > part.bytes()) {
                notice(
                        Notice.Code.SPACE_MAY_RUN_OUT,
                        "Snapshot " + id + " of disk " + volume.target() + " is more than half full; extend it with"
                                + " 'lvextend " + part.path() + "' before it is full.");
            }
        });
    }

    private void refuse(Code code, String what, String remedy, Verb... verbs) {
        Refusal refusal = new Refusal(
                code,
                "Disk " + volume.target() + " " + what + ".",
                remedy,
                Map.of("disk", volume.target(), "source", volume.source()));
        for (Verb verb : verbs) {
            refusals.computeIfAbsent(verb, none -> new ArrayList<>()).add(refusal);
        }
    }

    private void notice(Notice.Code code, String text) {
        notices.add(new Notice(code, text));
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
