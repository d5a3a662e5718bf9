package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.ImageInfo;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The objections to each verb on one volume, and the notices for a person. */
final class Objections {
    // 200 GiB are 3.3 million clusters, which took 310 to 655 ms.
    private static final long CLUSTERS_A_MILLISECOND = 5_000;
    private static final long NOTICEABLE_CLUSTERS = 1_000_000;

    private final Volume volume;
    private final Map<Verb, List<Refusal>> refusals = new EnumMap<>(Verb.class);
    private final List<Notice> notices = new ArrayList<>();

    private Objections(Volume volume) {
        this.volume = volume;
    }

    /** For a volume whose format cannot hold snapshots; its file is never opened. */
    static Objections format(Volume volume) {
        Objections objections = new Objections(volume);
        objections.refuse(
                Code.FORMAT_UNSUPPORTED,
                "is in format " + ToolFailure.printable(volume.format()) + ", which cannot hold snapshots",
                "Stop the VM, convert the disk with 'qemu-img convert -O qcow2', and state format qcow2 in the VM's"
                        + " configuration.",
                Verb.CREATE,
                Verb.RESTORE);
        return objections;
    }

    /** Why an image could not be inspected. */
    static Refusal unknown(Volume volume, DriverException failure) {
        String why = "could not be inspected: " + failure.getMessage();
        return switch (failure.reason()) {
            case TOOL_MISSING ->
                refusal(
                        volume,
                        Code.DRIVER_REFUSED,
                        why,
                        "Install that program on the node; QEMU's tools are in qemu-utils or qemu-img.");
            case UNREACHABLE, TIMEOUT, DENIED ->
                refusal(volume, Code.STORAGE_AWAY, why, failure.recovery() + " Nothing is lost by it.");
            default ->
                refusal(
                        volume,
                        Code.IMAGE_UNUSABLE,
                        why,
                        "Correct the cause that the message names, or bring the image back.");
        };
    }

    /** Why nothing is known of a path. */
    static Refusal unclear(Volume volume, String said) {
        return refusal(
                volume,
                Code.STORAGE_AWAY,
                "could not be inspected: the node says '" + ToolFailure.printable(said) + "' of " + path(volume),
                "Mount the storage that it lies on, and let this node in.");
    }

    /** For a path at which something else than an image lies; it is never opened. */
    static Refusal noImage(Volume volume) {
        return refusal(
                volume,
                Code.IMAGE_UNUSABLE,
                "cannot be used: " + path(volume) + " is neither a regular file nor a block device",
                "Put the image back in its place.");
    }

    /** For an image that is proved absent. */
    static Refusal absent(Volume volume) {
        return refusal(
                volume,
                Code.IMAGE_UNUSABLE,
                "cannot be used: there is no " + path(volume) + " (No such file or directory)",
                "Bring the image back, or take the disk out of the VM's configuration.");
    }

    /** For an image that is missing from a place that may not be the one that it was. */
    static Refusal strange(Volume volume) {
        return refusal(
                volume,
                Code.STORAGE_AWAY,
                "could not be inspected: " + path(volume) + " is missing and the records beside it as well, so its"
                        + " storage is probably not mounted, or its directory was moved",
                "Mount the storage again, or move the directory back.");
    }

    /** For a path that leads to another storage than the one on which the snapshots are. */
    static Refusal elsewhere(Volume volume, String was) {
        return refusal(
                volume,
                Code.STORAGE_AWAY,
                "could not be inspected: " + path(volume) + " lies on another storage now than its snapshots ("
                        + ToolFailure.printable(was) + ")",
                "Mount the storage with the snapshots in its place again.");
    }

    /** For an image that was looked at while something else had it open for writing. */
    void inUse() {
        refuse(
                Code.IMAGE_IN_USE,
                "is open in another process",
                "End what uses the image, or start the VM that it belongs to.",
                Verb.CREATE,
                Verb.RESTORE,
                Verb.DELETE);
    }

    /** For an image that the node's user may not write to. */
    void notWritable() {
        notWritable(Verb.CREATE, Verb.RESTORE, Verb.DELETE, Verb.DELETE_ALL, Verb.DELETE_VM);
    }

    /** For the same of an active VM: QEMU may write to it, and a restore works on it once the VM is off. */
    void notWritableWhenOff() {
        notWritable(Verb.RESTORE);
    }

    private void notWritable(Verb... verbs) {
        refuse(
                Code.STORAGE_READ_ONLY,
                "cannot be written to by the node's user at " + path(volume),
                "Mount its file system for writing, and give the user of the node rights on the image.",
                verbs);
    }

    /**
     * For an image of an active VM. QEMU counts up one reference for each allocated cluster, and answers nothing else
     * meanwhile: 310 to 655 ms for 200 GiB in clusters of 64 KiB were measured with QEMU 7.2.
     */
    void longCut(ImageInfo image) {
        long clusters = image.allocatedBytes() / Math.max(1, image.clusterBytes());
        if (clusters >= NOTICEABLE_CLUSTERS) {
            notice(
                    Notice.Code.LONG_CUT,
                    "Disk " + volume.target() + " has about " + clusters + " clusters of " + image.clusterBytes()
                            + " bytes, and while a snapshot of it is taken or deleted QEMU answers nothing for some "
                            + clusters / CLUSTERS_A_MILLISECOND + " ms.",
                    Map.of("clusters", Long.toString(clusters)));
        }
    }

    /** For an image of an active VM on a node that lacks the program by which the image goes back once the VM is off. */
    void lacks(String program) {
        String what = "cannot go back: the node lacks the program " + ToolFailure.printable(program);
        refuse(
                Code.DRIVER_REFUSED,
                what,
                "Install that program on the node; QEMU's tools are in qemu-utils or qemu-img.",
                Verb.RESTORE);
        notice(
                Notice.Code.NODE_LACKS,
                "Disk " + volume.target() + " " + what + ".",
                Map.of("lacks", ToolFailure.printable(program)));
    }

    /** For an image of an active VM whose hypervisor has another file open than the one at its path. */
    void detached(String why) {
        String what = "is not what lies at " + path(volume) + ": " + ToolFailure.printable(why)
                + ", and a snapshot made now would be lost when the VM goes off";
        refuse(
                Code.IMAGE_UNUSABLE,
                what,
                "Run 'virsh blockcopy DOMAIN " + volume.target() + " --dest FILE --format qcow2 --transient-job --wait"
                        + " --pivot' while the VM runs; then the VM uses that file, and has its disk without snapshots.",
                Verb.CREATE);
        notice(Notice.Code.IMAGE_DETACHED, "Disk " + volume.target() + " " + what + ".", Map.of());
    }

    /** For an image one of whose layers cannot be read, so that the VM could not start from it. */
    void layer(String flaw) {
        refuse(
                Code.IMAGE_UNUSABLE,
                "is based on " + flaw,
                "Bring that file back; the VM cannot start without it.",
                Verb.RESTORE);
    }

    /** For an image that names a layer below it that the VM may not read. */
    void foreignLayer(String flaw) {
        refuse(
                Code.IMAGE_UNUSABLE,
                "is based on " + flaw,
                "If that file belongs to the VM, let the VM's user read it, or state it as <backingStore> in the VM's"
                        + " configuration; else take the disk away, since its image names a file of somebody else.",
                Verb.CREATE,
                Verb.RESTORE);
    }

    /** For an image beside which other stores keep records of the VM. */
    void otherStores(Set<String> stores) {
        notice(
                Notice.Code.OTHER_STORE,
                "Beside disk " + volume.target() + " lie records of the same VM from another store ("
                        + String.join(", ", new TreeSet<>(stores)) + "), in "
                        + Directories.ours(List.of(volume)).get(0)
                        + "; they are left alone.",
                Map.of("stores", String.join(", ", new TreeSet<>(stores))));
    }

    /** For an image beside which records of this store lie that know more than it. */
    void keptRecords() {
        notice(
                Notice.Code.RECORDS_KEPT,
                "Beside disk " + volume.target()
                        + " lie records of this store that are newer than it, or name snapshots"
                        + " that it does not know; 'rebuild' merges them.",
                Map.of());
    }

    /** For an image beside which somebody else has put something where the records would lie. */
    void refusedRecords(String why) {
        notice(
                Notice.Code.RECORDS_REFUSED,
                "No records of the VM are kept beside disk " + volume.target() + ": " + ToolFailure.printable(why)
                        + ".",
                Map.of());
    }

    /** For an image that was looked at. */
    static Objections seen(Volume volume, ImageFacts facts, Set<String> repeated, List<String> foreign) {
        Objections objections = new Objections(volume);
        objections.weigh(facts);
        objections.weighSnapshots(facts, repeated, foreign);
        return objections;
    }

    Map<Verb, List<Refusal>> refusals() {
        return refusals;
    }

    List<Notice> notices() {
        return notices;
    }

    private void weigh(ImageFacts facts) {
        ImageInfo image = facts.image();
        if (!image.format().equals(ImageVolumes.QCOW2)) {
            refuse(
                    Code.IMAGE_UNUSABLE,
                    "is not the qcow2 image that the configuration says",
                    "State the image's real format in the VM's configuration.",
                    Verb.CREATE,
                    Verb.RESTORE);
        }
        if (image.corrupt()) {
            refuse(
                    Code.IMAGE_UNUSABLE,
                    "is marked corrupt",
                    "Copy the image, then repair it with 'qemu-img check -r all'.",
                    Verb.CREATE,
                    Verb.RESTORE);
        }
        if (facts.dataFile().isPresent()) {
            refuse(
                    Code.FORMAT_UNSUPPORTED,
                    "keeps its data in an external file, and such an image cannot hold snapshots",
                    "Stop the VM and convert the disk to a qcow2 image of one file.",
                    Verb.CREATE,
                    Verb.RESTORE);
        }
        if (image.encrypted()) {
            refuse(
                    Code.IMAGE_UNUSABLE,
                    "is encrypted, so its snapshots could not be restored or deleted while the VM is off",
                    "Use an unencrypted image on encrypted storage.",
                    Verb.CREATE,
                    Verb.RESTORE);
        }
    }

    private void weighSnapshots(ImageFacts facts, Set<String> repeated, List<String> foreign) {
        ImageInfo image = facts.image();
        int held = image.snapshots().size();
        long most = facts.refcountBits() < Integer.SIZE ? (1L << facts.refcountBits()) - 2 : Integer.MAX_VALUE;
        if (held >= most) {
            refuse(
                    Code.FORMAT_UNSUPPORTED,
                    "has reference counters of " + facts.refcountBits() + " bits, too few for another snapshot",
                    "Delete a snapshot, or convert the image with '-o refcount_bits=16'.",
                    Verb.CREATE);
        }
        if (!image.bitmaps().isEmpty()) {
            refuse(
                    Code.DIRTY_BITMAPS,
                    "has persistent dirty bitmaps, with which no image can go back to a snapshot",
                    "Remove the bitmaps with 'qemu-img bitmap --remove' and let the next backup be a full one.",
                    Verb.RESTORE);
            notice(
                    Notice.Code.DIRTY_BITMAPS,
                    "Disk " + volume.target() + " has persistent dirty bitmaps; while they are there no snapshot of it"
                            + " can be restored.",
                    Map.of());
        }
        if (!foreign.isEmpty()) {
            notice(
                    Notice.Code.FOREIGN_SNAPSHOTS,
                    "Disk " + volume.target() + " holds " + foreign.size()
                            + " snapshots that vmsnap did not make; they are left alone.",
                    Map.of());
        }
        if (!repeated.isEmpty()) {
            notice(
                    Notice.Code.FOREIGN_SNAPSHOTS,
                    "Disk " + volume.target() + " holds several snapshots named " + String.join(", ", repeated)
                            + ", of which vmsnap made at most one; they cannot be restored, only deleted.",
                    Map.of());
        }
    }

    private void notice(Notice.Code code, String text, Map<String, String> more) {
        Map<String, String> data = new HashMap<>(more);
        data.put("disk", volume.target());
        data.put("source", volume.source());
        notices.add(new Notice(code, text, data));
    }

    private void refuse(Code code, String what, String remedy, Verb... verbs) {
        Refusal refusal = refusal(volume, code, what, remedy);
        for (Verb verb : verbs) {
            refusals.computeIfAbsent(verb, none -> new ArrayList<>()).add(refusal);
        }
    }

    private static String path(Volume volume) {
        return ToolFailure.printable(volume.source());
    }

    private static Refusal refusal(Volume volume, Code code, String what, String remedy) {
        return new Refusal(
                code,
                "Disk " + volume.target() + " " + what + ".",
                remedy,
                Map.of("disk", volume.target(), "source", volume.source()));
    }
}
