package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.NodeFiles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** What stands against copies of images, before anything is done. */
final class CopyObjections {
    private final Copies copies;
    private final Predicate<String> ours;
    private final DriverCall call;
    private final List<Refusal> found = new ArrayList<>();
    private final Map<String, Long> needed = new LinkedHashMap<>();
    private final Map<String, Long> free = new LinkedHashMap<>();

    CopyObjections(Copies copies, Predicate<String> ours, DriverCall call) {
        this.copies = copies;
        this.ours = ours;
        this.call = call;
    }

    List<Refusal> of(List<Volume> volumes, Optional<SnapshotId> id, Map<String, String> destinations) {
        for (Volume volume : volumes) {
            String place = destinations.getOrDefault(volume.target(), "");
            if (isFree(volume, place)) {
                measure(volume, id, place);
            }
        }
        needed.forEach((mount, bytes) -> {
            long there = free.getOrDefault(mount, 0L);
            if (bytes > there) {
                found.add(new Refusal(
                        Refusal.Code.NO_SPACE,
                        "The copies need " + bytes + " bytes on " + mount + ", where " + there + " are free.",
                        "Free space there, or name another place.",
                        Map.of("store", mount, "needed", Long.toString(bytes), "free", Long.toString(there))));
            }
        });
        return List.copyOf(found);
    }

    private boolean isFree(Volume volume, String place) {
        if (!CopyPlace.isPossible(place) || !ours.test(place)) {
            found.add(invalid(
                    volume, place, "there is no directory for it on storage of this kind", "in an existing directory"));
            return false;
        }
        Result seen = call.hypervisor().commands().run(Command.of("stat", "--", place));
        if (seen.succeeded()) {
            found.add(invalid(volume, place, "it is there already", "that is free"));
            return false;
        }
        DriverException why = ToolFailure.of("cannot look at", new ImageNode(place), seen);
        if (why.reason() != Reason.MISSING) {
            found.add(invalid(volume, place, String.valueOf(why.getMessage()), "that can be looked at"));
            return false;
        }
        return true;
    }

    private void measure(Volume volume, Optional<SnapshotId> id, String place) {
        Optional<NodeFiles.FileSystem> there = call.hypervisor().files().fileSystem(place);
        // What is said of volumes that are missing or no images is said of them in any case.
        if (there.isEmpty() || !volume.format().equals(ImageVolumes.QCOW2)) {
            return;
        }
        try {
            long bytes = copies.original(volume, id).bytes();
            needed.merge(there.get().mount(), bytes, Long::sum);
            free.put(there.get().mount(), there.get().freeBytes());
        } catch (DriverException e) {
            if (e.reason() == Reason.UNREACHABLE || e.reason() == Reason.TIMEOUT) {
                throw e;
            }
            if (e.reason() != Reason.MISSING) {
                found.add(new Refusal(
                        Refusal.Code.CLONE_UNSUPPORTED,
                        "Disk " + volume.target() + " cannot be copied: " + e.getMessage() + ".",
                        "Restore the snapshot and copy the present state, or copy the disk by other means.",
                        Map.of("disk", volume.target(), "driver", volume.storage())));
            }
        }
    }

    private static Refusal invalid(Volume volume, String place, String why, String what) {
        String shown = ToolFailure.printable(place);
        return new Refusal(
                Refusal.Code.DESTINATION_INVALID,
                "The copy of disk " + volume.target() + " cannot be " + shown + ": " + why + ".",
                "Name a place " + what + ".",
                Map.of("disk", volume.target(), "destination", place));
    }
}
