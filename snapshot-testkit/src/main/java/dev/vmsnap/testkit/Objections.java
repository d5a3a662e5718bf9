package dev.vmsnap.testkit;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What stands against verbs on a volume, and what a person should know of it. */
final class Objections {
    private static final List<Verb> USING = List.of(Verb.CREATE, Verb.RESTORE);

    private final Map<Verb, List<Refusal>> byVerb = new EnumMap<>(Verb.class);
    private final Volume volume;

    private Objections(Volume volume) {
        this.volume = volume;
    }

    /** The objection to verbs that need a volume which is absent. */
    static Refusal absent(Volume volume) {
        return refusal(volume, Code.IMAGE_UNUSABLE, "is missing", "Bring it back.");
    }

    /** The objection to every verb on a volume that cannot be inspected. */
    static Refusal unknown(Volume volume, String root, Reason reason) {
        return switch (reason) {
            case UNREACHABLE ->
                refusal(
                        volume,
                        Code.STORAGE_AWAY,
                        "cannot be inspected: " + root + " does not answer",
                        "Bring it back.");
            case TIMEOUT ->
                refusal(volume, Code.STORAGE_AWAY, "cannot be inspected: that takes too long", "See why it is slow.");
            case DENIED ->
                refusal(volume, Code.IMAGE_UNUSABLE, "cannot be inspected: access was denied", "Allow the access.");
            case TOOL_MISSING ->
                refusal(volume, Code.IMAGE_UNUSABLE, "cannot be inspected: a tool is missing", "Install the tool.");
            default -> refusal(volume, Code.IMAGE_UNUSABLE, "cannot be inspected: a tool failed", "See why it failed.");
        };
    }

    static Map<Verb, List<Refusal>> of(Volume volume, InMemoryDisk disk, boolean inImage) {
        Objections objections = new Objections(volume);
        if (inImage && !volume.format().equals("qcow2")) {
            objections.add(USING, Code.FORMAT_UNSUPPORTED, "is " + volume.format(), "Convert it to qcow2.");
        }
        if (disk.isCorrupt()) {
            objections.add(USING, Code.IMAGE_UNUSABLE, "is corrupt", "Repair it.");
        }
        if (!disk.bitmaps().isEmpty()) {
            objections.add(List.of(Verb.RESTORE), Code.DIRTY_BITMAPS, "has dirty bitmaps", "Remove them.");
        }
        if (disk.isOpenElsewhere()) {
            objections.add(
                    List.of(Verb.CREATE, Verb.RESTORE, Verb.DELETE),
                    Code.IMAGE_IN_USE,
                    "is open elsewhere",
                    "End what else uses it.");
        }
        return objections.byVerb;
    }

    static List<Notice> notices(Volume volume, InMemoryDisk disk) {
        Map<String, String> data = Map.of("disk", volume.target(), "source", volume.source());
        List<Notice> notices = new ArrayList<>();
        disk.detached()
                .ifPresent(why -> notices.add(new Notice(
                        Notice.Code.IMAGE_DETACHED, "The hypervisor has another file open: " + why + ".", data)));
        if (!disk.bitmaps().isEmpty()) {
            notices.add(new Notice(Notice.Code.DIRTY_BITMAPS, volume.target() + " has dirty bitmaps.", data));
        }
        if (disk.snapshots().stream().anyMatch(name -> ImageInfo.idOf(name).isEmpty())) {
            notices.add(new Notice(
                    Notice.Code.FOREIGN_SNAPSHOTS, volume.target() + " has snapshots that are not ours.", data));
        }
        return notices;
    }

    static VolumeState besideAnotherStore(VolumeState state) {
        return state.<VolumeState>fold(
                seen -> {
                    List<Notice> notices = new ArrayList<>(seen.notices());
                    notices.add(new Notice(
                            Notice.Code.OTHER_STORE,
                            "Records of another store lie beside "
                                    + seen.volume().target() + ".",
                            Map.of("stores", "another")));
                    return seen.with(seen.objections(), notices);
                },
                absent -> absent,
                nothing -> nothing);
    }

    private void add(List<Verb> verbs, Code code, String what, String remedy) {
        Refusal refusal = refusal(volume, code, what, remedy);
        verbs.forEach(
                verb -> byVerb.computeIfAbsent(verb, v -> new ArrayList<>()).add(refusal));
    }

    private static Refusal refusal(Volume volume, Code code, String what, String remedy) {
        return new Refusal(
                code,
                "Disk " + volume.target() + " (" + volume.source() + ") " + what + ".",
                remedy,
                Map.of("disk", volume.target()));
    }
}
