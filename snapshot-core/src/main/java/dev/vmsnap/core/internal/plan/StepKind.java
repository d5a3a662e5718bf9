package dev.vmsnap.core.internal.plan;

import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Everything an operation can be made of. The names stand in journals: they are never reused for something else. */
public enum StepKind {
    /** The snapshot enters the tree, with its configuration. */
    RECORD("record the snapshot", 1, "remove the record"),
    /** A storage reserves what the cut will need. */
    PREPARE("reserve space", 2, "free the reserved space"),
    /** A storage reserves a place for RAM beside the volumes. */
    RESERVE_RAM("reserve space for RAM", 2, "free the space for RAM"),
    /** The guest's file systems are frozen. */
    FREEZE("freeze the guest's file systems", 4, "thaw the guest"),
    /** The guest is held. */
    HOLD("hold the guest", 1, "let the guest run on"),
    /** What the machine keeps outside its disks is read and recorded. */
    SAVE_MACHINE_STATE("save the firmware variables", 2, null),
    /** One snapshot in all images of the active VM. */
    CUT_IN_IMAGES("snapshot the disks", 10, "delete the disk snapshots"),
    /** RAM and one snapshot in all images of the active VM. */
    SAVE_RAM_IN_IMAGES("save RAM and snapshot the disks", 60, "delete RAM and disk snapshots"),
    /** RAM is written to its place beside the volumes while the guest is held. */
    SAVE_RAM_BESIDE("save RAM", 60, null),
    /** A storage takes its volumes. */
    CUT("snapshot the disks", 10, "delete the disk snapshots"),
    /** The guest runs again. */
    RELEASE("let the guest run on", 1, null),
    /** The guest's file systems are thawed. */
    THAW("thaw the guest", 1, null),
    /** A storage gives back what the RAM has not needed. */
    KEEP_RAM("trim the space for RAM", 2, null),
    /** Every part of the new snapshot is looked for. */
    VERIFY_PARTS("check what was saved", 4, null),
    /** The snapshot becomes available and the marker moves to it. */
    COMMIT("commit the snapshot", 1, null),

    /** The snapshot is marked as being restored. */
    MARK_RESTORING("mark the restore", 1, "take the mark back"),
    /** The VM is stopped. */
    STOP("stop the VM", 4, "start the VM again"),
    /** The snapshot's configuration becomes the VM's. */
    CONFIGURE("bring the configuration back", 2, null),
    /** What the machine keeps outside its disks is brought back. */
    LOAD_MACHINE_STATE("bring the firmware variables back", 2, null),
    /** A storage removes dirty bitmaps, with which no image goes back. */
    DROP_BITMAPS("drop the dirty bitmaps", 2, null),
    /** The hypervisor forgets the checkpoints that named dirty bitmaps. */
    FORGET_CHECKPOINTS("forget the checkpoints", 1, null),
    /** A storage brings its volumes back. */
    APPLY("bring the disks back", 20, null),
    /** A storage brings those of its volumes back that the VM still has as disks. */
    APPLY_PRESENT("bring the remaining disks back", 20, null),
    /** RAM and the disks around it are brought back, and the VM continues. */
    LOAD_RAM_IN_IMAGES("bring RAM and disks back", 40, null),
    /** RAM is brought back from beside the disks, and the VM continues. */
    LOAD_RAM_BESIDE("bring RAM back", 40, null),
    /** The place of the RAM is closed again. */
    CLOSE_RAM("close the place of the RAM", 1, null),
    /** The VM gets a new generation ID for its next start. */
    RENEW_GENERATION_ID("renew the generation ID", 1, null),
    /** The VM is started from its disks. */
    START("start the VM", 10, null),
    /** The marker moves. */
    COMMIT_RESTORE("commit the restore", 1, null),
    /** The agent sets the clock of a guest whose RAM came back. */
    SET_CLOCK("set the guest's clock", 2, null),
    /** A VM whose RAM came back gets its present metadata. */
    REFRESH_METADATA("refresh the metadata", 1, null),

    /** The snapshots are marked as being deleted. */
    MARK_DELETING("mark the deletion", 1, "take the mark back"),
    /** The parts of one snapshot are deleted. */
    DELETE("delete from storage", 10, null),
    /** What failed saves left allocated is freed. */
    RECLAIM("free leaked space", 6, null),
    /** The snapshots leave the tree. */
    COMMIT_DELETE("commit the deletion", 1, null),
    /** Everything about the VM is forgotten. */
    FORGET("forget the VM", 1, null),

    /** A storage lets go of the volumes on the node that has them. */
    RELEASE_VOLUMES("let go of the volumes", 4, "take the volumes back"),
    /** A storage takes the volumes over on the node that gets them. */
    ADOPT_VOLUMES("take the volumes over", 4, "let go of the volumes on the new node"),
    /** What the node that gets the VM has of its volumes is looked at. */
    VERIFY_THERE("check the volumes on the new node", 4, null),
    /** The node that gets the VM gets its configuration. */
    DEFINE_THERE("define the VM on the new node", 2, "forget the VM on the new node"),
    /** The node that had the VM forgets it. */
    FORGET_HERE("forget the VM on the old node", 1, null),
    /** The records say where the VM and its disks are. */
    COMMIT_MIGRATION("commit the migration", 1, null),
    /** A storage removes its copy of the records from the node that had the VM. */
    UNPUBLISH_HERE("remove the manifest from the old node", 1, null),

    /** A storage copies its volumes. */
    COPY("copy the disks", 60, "remove the copies"),
    /** A storage gives its copies their names. */
    REVEAL("name the copies", 1, "remove the copies"),
    /** A storage leaves its copies to the host. */
    HAND_OVER("hand the copies over", 1, null),

    /** A storage gets a copy of the records. */
    PUBLISH("write the manifest", 2, null),
    /** A storage removes its copy of the records, because no snapshot is left; unlike writing, it needs no space. */
    UNPUBLISH("remove the manifest", 1, null);

    private final String label;
    private final int weight;
    private final Optional<String> undo;

    StepKind(String label, int weight, @Nullable String undo) {
        this.label = label;
        this.weight = weight;
        this.undo = Optional.ofNullable(undo);
    }

    /** Finds one by its name; empty for one that only a newer version knows. */
    public static Optional<StepKind> find(String name) {
        return Stream.of(values()).filter(kind -> kind.name().equals(name)).findFirst();
    }

    /** What it does, for people. */
    public String label() {
        return label;
    }

    /** Its share of an operation's work. */
    public int weight() {
        return weight;
    }

    /** How it is taken back, for people; empty when there is nothing to take back. */
    public Optional<String> undo() {
        return undo;
    }

    /** Whether an operation goes on when it fails: nothing of a snapshot depends on it. */
    public boolean bestEffort() {
        return switch (this) {
            case PUBLISH,
                    CLOSE_RAM,
                    UNPUBLISH_HERE,
                    FORGET_CHECKPOINTS,
                    RENEW_GENERATION_ID,
                    SET_CLOCK,
                    REFRESH_METADATA -> true;
            default -> false;
        };
    }

    /** Whether the guest feels it: these are taken back before all others. */
    public boolean touchesGuest() {
        return this == FREEZE || this == HOLD;
    }
}
