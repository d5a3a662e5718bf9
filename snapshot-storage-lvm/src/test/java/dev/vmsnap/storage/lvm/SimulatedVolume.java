package dev.vmsnap.storage.lvm;

import java.util.LinkedHashSet;
import java.util.Set;

/** A logical volume of {@link SimulatedLvm}. What it holds is one text. */
final class SimulatedVolume {
    /** What LVM calls the type of its segments. */
    enum Kind {
        LINEAR,
        THICK_SNAPSHOT,
        THIN,
        POOL
    }

    final Kind kind;
    final Set<String> tags = new LinkedHashSet<>();
    String name;
    long extents;
    String content = "";
    /** Of a thick snapshot: what it was taken from. */
    SimulatedVolume origin;
    /** Of a thick snapshot: the size of its origin when it was taken. */
    long originExtents;
    /** Of a thin volume. */
    SimulatedVolume pool;
    /** Of a thick snapshot: what of its room is taken. */
    long usedExtents;

    boolean active = true;
    boolean open;
    boolean readOnly;
    boolean skipsActivation;
    boolean merging;
    /** Of an origin whose snapshot flows back: whether LVM has put that off. */
    boolean delayed;
    /** Whether the node's configuration keeps it from being active, which LVM does not report as a failure. */
    boolean barred;

    boolean suspended;
    /** LVM's word for the first segment; empty for the one that belongs to the kind. */
    String type = "";

    long chunkBytes = 4096;
    boolean invalid;
    double dataPercent;
    double metadataPercent = 10;
    char health = '-';

    SimulatedVolume(Kind kind, String name, long extents) {
        this.kind = kind;
        this.name = name;
        this.extents = extents;
    }

    boolean isThin() {
        return kind == Kind.THIN;
    }
}
