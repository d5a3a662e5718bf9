package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.NodeFiles;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Why nothing can be known of a volume, and how to mend it. */
final class Absence {
    private final Volume volume;
    private final Optional<NodeFiles.Mount> mount;

    private Absence(Volume volume, Optional<NodeFiles.Mount> mount) {
        this.volume = volume;
        this.mount = mount;
    }

    static Absence of(Volume volume, Optional<NodeFiles.Mount> mount) {
        return new Absence(volume, mount);
    }

    /** For an image that is proved absent. */
    static Refusal gone(Volume volume) {
        return new Refusal(
                Code.IMAGE_UNUSABLE,
                "Disk " + volume.target() + " cannot be used: there is no " + printable(volume.source())
                        + " (No such file or directory).",
                "Bring the image back, or take the disk out of the VM's configuration.",
                Map.of("disk", volume.target(), "source", volume.source()));
    }

    Standing.Away notMounted() {
        String leads = mount.map(there -> "leads to " + there.type() + " mounted at " + printable(there.point()))
                .orElse("leads nowhere");
        return away(
                "is not there: its NAS"
                        + volume.location()
                                .map(was -> " (" + printable(was) + ")")
                                .orElse("") + " is not mounted, and the path " + leads,
                "Mount the export again.",
                Reason.UNREACHABLE);
    }

    Standing.Away another(String then, String now) {
        Optional<String> names = mount.filter(there -> then.endsWith(there.rest()))
                .map(there -> then.substring(0, then.length() - there.rest().length()) + "="
                        + now.substring(0, now.length() - there.rest().length()))
                .filter(pair -> !pair.startsWith("=") && !pair.endsWith("="));
        return away(
                Code.STORAGE_AWAY,
                names.map(pair -> Map.of("sameExport", pair)).orElseGet(Map::of),
                "leads to " + printable(now) + " now, and its snapshots lie at " + printable(then),
                "Mount the export with the snapshots again; if it only has another name now, tell the driver with"
                        + " sameExport.",
                Reason.UNREACHABLE);
    }

    Standing.Away silent(Duration deadline) {
        return away(
                "cannot be looked at: the server of " + source() + " does not answer within "
                        + (deadline.toMillis() + 999) / 1000 + " s",
                "Bring the server, or the way to it, back.",
                Reason.UNREACHABLE);
    }

    /** For what the node said when it was asked for the mount or for the image. */
    Standing.Away trouble(String said) {
        if (said.equals("Stale file handle")) {
            return away(
                    "cannot be looked at: the server of " + source() + " does not know any more what is mounted (stale"
                            + " file handle)",
                    "See that the server exports it, then unmount it with 'umount -l' and mount it again.",
                    Reason.UNREACHABLE);
        }
        if (said.equals("Permission denied") || said.equals("Operation not permitted")) {
            return away(
                    "cannot be looked at: " + source() + " denies access",
                    "Let this node in on the server, and the image's owner or root to the image.",
                    Reason.DENIED);
        }
        return away(
                "cannot be looked at: " + source() + " answers '" + printable(said) + "'",
                "See what is wrong with the server or the mount.",
                Reason.UNREACHABLE);
    }

    /** For an image that is missing together with the records beside it. */
    Standing.Away strange() {
        return away(
                "is missing and the records beside it as well, so " + source()
                        + " is probably not the export that it was",
                "See what the server exports under that name. If the whole directory was deleted, say that it is an"
                        + " abandoned export: "
                        + volume.location().map(Absence::parent).orElse("its place")
                        + " (abandoned, --abandoned-export).",
                Reason.UNREACHABLE);
    }

    Standing.Away unreadable(Optional<Owner> who) {
        return away(
                "cannot be read by " + who.map(Owner::toString).orElse("the node's user") + " on " + source(),
                "Give the image to the user that the VM runs as, or let root in on the server.",
                Reason.DENIED);
    }

    /** For a node that could not be asked, or that lacks a program. */
    Standing.Away failed(DriverException failure) {
        return away(
                failure.reason() == Reason.TOOL_MISSING ? Code.DRIVER_REFUSED : Code.STORAGE_AWAY,
                Map.of(),
                "cannot be inspected: " + printable(String.valueOf(failure.getMessage())),
                failure.recovery(),
                failure.reason());
    }

    /** For an image that the tools could not read though it is there. */
    Standing.Away broken(String said) {
        return away(
                "is there but was not read: " + printable(said),
                "See what is wrong with the server or the mount.",
                Reason.UNREACHABLE);
    }

    /** For something that is no image; it is never opened. */
    Standing.Away noImage() {
        return away(
                Code.IMAGE_UNUSABLE,
                Map.of(),
                "is neither a regular file nor a block device",
                "Put the image back in its place.",
                Reason.BROKEN);
    }

    Standing.Away elsewhere() {
        return away(
                Code.IMAGE_UNUSABLE,
                Map.of(),
                "is a symbolic link that leads away from " + source(),
                "Give the VM the image's own path.",
                Reason.DENIED);
    }

    private Standing.Away away(String what, String remedy, Reason reason) {
        return away(Code.STORAGE_AWAY, Map.of(), what, remedy, reason);
    }

    private Standing.Away away(Code code, Map<String, String> more, String what, String remedy, Reason reason) {
        Map<String, String> data = new HashMap<>(more);
        data.putAll(Map.of("disk", volume.target(), "source", volume.source()));
        mount.flatMap(Exports::place).ifPresent(place -> data.put("place", place));
        volume.location().ifPresent(place -> data.put("remembered", place));
        Refusal why = new Refusal(
                code, "Disk " + volume.target() + " (" + printable(volume.source()) + ") " + what + ".", remedy, data);
        return new Standing.Away(volume, source(), why, reason);
    }

    private static String parent(String place) {
        return printable(Lookout.directory(place));
    }

    private String source() {
        return mount.map(there -> printable(there.source().isEmpty() ? there.point() : there.source()))
                .or(volume::location)
                .orElse("the NAS");
    }

    /** Replaces what a terminal or log could take for something else. */
    static String printable(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().forEach(point -> clean.appendCodePoint(Character.isISOControl(point) ? '?' : point));
        return clean.toString();
    }
}
