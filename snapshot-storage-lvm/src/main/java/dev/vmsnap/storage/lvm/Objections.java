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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What stands against each verb on one volume, and what a person should know. None stands against deleting. */
final class Objections {
    private static final String RAW = "raw";
    private static final Verb[] USING = {Verb.CREATE, Verb.RESTORE};
    private static final SnapshotId LONGEST = SnapshotId.of("a".repeat(40));
    private static final double NEARLY_FULL_PERCENT = 80;

    private final Volume volume;
    private final Optional<Devices.Device> link;
    private final Scene scene;
    private final Groups groups;
    private final DriverCall call;
    private final Subject subject;
    private final Map<Verb, List<Refusal>> refusals = new EnumMap<>(Verb.class);
    private final List<Notice> notices = new ArrayList<>();

    /**
     * Weighs everything.
     *
     * @param volume the volume as its VM states it
     * @param path the logical volume
     * @param link the end of the volume's source, if that does not name the logical volume itself
     * @param scene the report
     * @param groups our groups
     * @param call the call's context
     */
    Objections(Volume volume, LvPath path, Optional<Devices.Device> link, Scene scene, Groups groups, DriverCall call) {
        this.volume = volume;
        this.link = link;
        this.scene = scene;
        this.groups = groups;
        this.call = call;
        this.subject = scene.subject(path);
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
        if (link.isPresent() && link.get().named().isEmpty()) {
            refuse(
                    Code.STORAGE_UNSUPPORTED,
                    "is named by a number or UUID of its device (" + printable(volume.source())
                            + "), which a restore or restart changes",
                    "Write " + subject.path().device() + " as the disk's source in the VM's configuration.",
                    USING);
        }
        weighGroup(scene.group(subject.path()));
        if (subject.disk().isEmpty()) {
            refuse(
                    Code.IMAGE_UNUSABLE,
                    "is missing from volume group " + subject.path().group() + ", which still holds snapshots of it",
                    "Bring the volume back, or delete its snapshots.",
                    USING);
            return;
        }
        weighVolume(subject.disk().get());
        weighSnapshots();
        scene.pool(subject.disk().get()).ifPresent(pool -> {
            weighPool(pool);
            if (groups.isShared(pool.path().group())) {
                weighNeighbours(pool);
            }
        });
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
        if (isCachedByVolume(disk)) {
            refuse(
                    Code.STORAGE_UNSUPPORTED,
                    "is cached by a volume ('lvconvert --cachevol'), of which LVM makes no snapshots",
                    "Detach the cache ('lvconvert --splitcache " + disk.path() + "'), or cache it by a pool"
                            + " ('lvconvert --cachepool').",
                    Verb.CREATE);
        }
        if (disk.isSuspended()) {
            notice(
                    Notice.Code.VOLUME_SUSPENDED,
                    "Disk " + volume.target()
                            + " is suspended on the node: what the guest reads and writes waits. If no"
                            + " LVM command is at work there, one was killed; 'dmsetup resume "
                            + disk.path().mapped()
                            + "' lets the guest go on, and so does taking a snapshot.",
                    Map.of());
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

    /** LVM 2.03 checks such a cache as if it were a pool, and fails. */
    private boolean isCachedByVolume(Lv disk) {
        return disk.type().equals("cache")
                && scene.report()
                        .find(disk.path().sibling(disk.pool()))
                        .filter(cache -> !cache.type().equals("cache-pool"))
                        .isPresent();
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
                    "Thin pool " + pool.path() + " is " + (int) fill + " % full; extend it before it is full.",
                    Map.of("store", pool.path().toString()));
        }
    }

    /** A thin pool that nodes share is active on one of them as a whole. */
    private void weighNeighbours(Lv pool) {
        Set<String> own = Stream.concat(
                        call.vm().disks().stream().flatMap(disk -> disk.source().flatMap(LvPath::of).stream()),
                        scene.subjects().stream().map(Subject::path))
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

    private void weighSnapshots() {
        Lv disk = subject.disk().orElseThrow();
        List<String> foreign = scene.foreign(subject);
        if (!foreign.isEmpty()) {
            notice(
                    Notice.Code.FOREIGN_SNAPSHOTS,
                    "Disk " + volume.target() + " has " + foreign.size() + " snapshots that vmsnap did not make ("
                            + String.join(", ", foreign) + "); vmsnap changes and removes none of them.",
                    Map.of());
        }
        otherStores();
        if (Records.areKept(scene)) {
            notice(
                    Notice.Code.RECORDS_KEPT,
                    "The group of disk " + volume.target()
                            + " has records of this store that are newer than it, or name"
                            + " snapshots that it does not know; 'rebuild' merges them.",
                    Map.of());
        }
        subject.others().stream()
                .flatMap(other -> other.owner().stream())
                .filter(other -> !other.sameAs(scene.owner()))
                .map(Owner::vm)
                .distinct()
                .forEach(vm -> notice(
                        Notice.Code.IMAGE_SHARED,
                        "Disk " + volume.target() + " has snapshots that vmsnap made for VM " + vm
                                + ", which had the disk before; they are restored and deleted through that VM.",
                        Map.of("vms", vm.toString())));
        subject.parts().forEach((id, part) -> {
            boolean small = part.isThickSnapshot() && !Room.suffices(part.bytes(), disk.bytes());
            long missing = scene.group(part.path()).extents(Room.most(disk.bytes()) - part.bytes());
            if (small && 2 * part.usedBytes().orElse(0) > part.bytes()) {
                notice(
                        Notice.Code.SPACE_MAY_RUN_OUT,
                        "Snapshot " + id + " of disk " + volume.target() + " is more than half full; extend it with"
                                + " 'lvextend -l +" + missing + " " + part.path() + "' before it is full.",
                        Map.of("store", part.path().toString(), "snapshot", id.value()));
            }
        });
    }

    private void otherStores() {
        Map<String, Set<String>> names = new TreeMap<>();
        Stream.concat(scene.ofOtherStores(subject).stream(), Records.ofOtherStores(scene).stream())
                .forEach(lv -> names.computeIfAbsent(lv.owner().orElseThrow().store(), none -> new TreeSet<>())
                        .add(lv.path().toString()));
        names.forEach((store, volumes) -> notice(
                Notice.Code.OTHER_STORE,
                "Disk " + volume.target() + " has snapshots or records of another store, " + store + " ("
                        + String.join(", ", volumes)
                        + "); only a vmsnap with that store restores and deletes them.",
                Map.of("stores", store)));
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

    private void notice(Notice.Code code, String text, Map<String, String> more) {
        Map<String, String> data = new HashMap<>(more);
        data.put("disk", volume.target());
        data.put("source", volume.source());
        notices.add(new Notice(code, text, data));
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
