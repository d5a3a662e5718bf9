package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SnapshotId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A reason why a thick snapshot cannot be merged into its volume, for as long as both are as they are. The inspection
 * reports it as a refusal, and a restore fails with it before it changes anything.
 *
 * @param code as a refusal
 * @param reason as a failure
 * @param text what is the matter, without a full stop
 * @param remedy what helps
 * @param facts for machines
 */
record Obstacle(Code code, Reason reason, String text, String remedy, Map<String, String> facts) {
    Obstacle {
        facts = Map.copyOf(facts);
    }

    /**
     * Finds the obstacles to the restore of one snapshot.
     *
     * @param subject the volume
     * @param id the snapshot, of which it has a part
     * @param scene the report
     * @return the obstacles, may be empty; of a thin volume none
     */
    static List<Obstacle> of(Subject subject, SnapshotId id, Scene scene) {
        Lv part = subject.part(id);
        List<Obstacle> found = new ArrayList<>();
        if (subject.disk().isEmpty() || !part.isThickSnapshot()) {
            return found;
        }
        Lv volume = subject.disk().get();
        if (part.isOpen() && !part.isMerging()) {
            found.add(open(subject, part));
        }
        if (part.originBytes() != volume.bytes()) {
            found.add(resized(subject, id, part, volume));
        }
        scene.report().in(subject.path().group()).stream()
                .filter(other -> other.isThickSnapshotOf(volume.path()))
                .filter(other -> !other.path().equals(part.path()) && !other.isOverflown())
                .filter(other -> missingBytes(part, other, volume) > 0)
                .map(other -> overflow(subject, other, missingBytes(part, other, volume), scene))
                .forEach(found::add);
        return found;
    }

    Refusal refusal(String disk, String source) {
        Map<String, String> data = new LinkedHashMap<>(facts);
        data.put("disk", disk);
        data.put("source", source);
        return new Refusal(code, "Disk " + disk + ": " + text + ".", remedy, data);
    }

    DriverException failure() {
        return LvmFailure.of(reason, text + "; " + Character.toLowerCase(remedy.charAt(0)) + remedy.substring(1));
    }

    private static Obstacle open(Subject subject, Lv part) {
        String device = part.path().device();
        return new Obstacle(
                Code.IMAGE_IN_USE,
                Reason.IN_USE,
                "snapshot volume " + part.path() + " is open on the node, so LVM would put off its merge into "
                        + subject.path(),
                "End what has " + device + " open: a mount ('findmnt " + device
                        + "' shows it), a backup or qemu-nbd ('lsof " + device + "').",
                Map.of("part", part.path().toString()));
    }

    private static Obstacle resized(Subject subject, SnapshotId id, Lv part, Lv volume) {
        return new Obstacle(
                Code.DRIVER_REFUSED,
                Reason.BROKEN,
                subject.path() + " was resized since snapshot " + id + ": it has " + volume.bytes()
                        + " bytes now and had " + part.originBytes()
                        + ", and LVM reduces no volume that has thick snapshots",
                "Clone the snapshot: the clone has the old size and content. Copy from it what is needed.",
                Map.of(
                        "snapshot",
                        id.toString(),
                        "bytes",
                        Long.toString(volume.bytes()),
                        "bytesThen",
                        Long.toString(part.originBytes())));
    }

    private static Obstacle overflow(Subject subject, Lv other, long missing, Scene scene) {
        long extents = scene.group(subject.path()).extents(missing);
        boolean ours =
                Names.read(other.path().name()).isPresent() && other.owner().isPresent();
        return new Obstacle(
                Code.NO_SPACE,
                Reason.NO_SPACE,
                "the restore may change so much of " + subject.path() + " that "
                        + (ours ? "snapshot volume " : "a snapshot that vmsnap did not make, ") + other.path()
                        + ", would overflow and be lost",
                "Extend it with 'lvextend -l +" + extents + " " + other.path() + "', or remove it if nobody needs it.",
                Map.of("part", other.path().toString(), "needed", Long.toString(missing)));
    }

    /**
     * How much room another snapshot lacks for what flows back: it keeps the content that was there before, in chunks of
     * its own size.
     */
    private static long missingBytes(Lv part, Lv other, Lv volume) {
        if (Room.suffices(other.bytes(), volume.bytes())) {
            return 0;
        }
        long grain = Math.max(1, other.chunkBytes() / Math.max(1, part.chunkBytes()));
        long flow = Math.min(part.usedBytes().orElse(0) * grain, Room.most(volume.bytes()));
        long wanted = Math.min(other.usedBytes().orElse(0) + flow, Room.most(volume.bytes()));
        return Math.max(0, wanted - other.bytes());
    }
}
