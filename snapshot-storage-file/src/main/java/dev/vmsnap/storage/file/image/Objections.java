package dev.vmsnap.storage.file.image;

import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.ImageInfo;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What stands against each verb on one volume, and what a person should know. None stands against deleting. */
final class Objections {
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

    /** The objection to verbs on an image that is absent or could not be inspected. */
    static Refusal unseen(Volume volume, String why) {
        return refusal(
                volume,
                Code.IMAGE_UNUSABLE,
                "cannot be used: " + why,
                "Bring the image back, or take the disk out of the VM's configuration.");
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
            notices.add(new Notice(
                    Notice.Code.DIRTY_BITMAPS,
                    "Disk " + volume.target() + " has persistent dirty bitmaps; while they are there no snapshot of it"
                            + " can be restored."));
        }
        if (!foreign.isEmpty()) {
            notices.add(new Notice(
                    Notice.Code.FOREIGN_SNAPSHOTS,
                    "Disk " + volume.target() + " holds " + foreign.size()
                            + " snapshots that vmsnap did not make; they are left alone."));
        }
        if (!repeated.isEmpty()) {
            notices.add(new Notice(
                    Notice.Code.FOREIGN_SNAPSHOTS,
                    "Disk " + volume.target() + " holds several snapshots named " + String.join(", ", repeated)
                            + ", of which vmsnap made at most one; they cannot be restored, only deleted."));
        }
    }

    private void refuse(Code code, String what, String remedy, Verb... verbs) {
        Refusal refusal = refusal(volume, code, what, remedy);
        for (Verb verb : verbs) {
            refusals.computeIfAbsent(verb, none -> new ArrayList<>()).add(refusal);
        }
    }

    private static Refusal refusal(Volume volume, Code code, String what, String remedy) {
        return new Refusal(
                code,
                "Disk " + volume.target() + " " + what + ".",
                remedy,
                Map.of("disk", volume.target(), "source", volume.source()));
    }
}
