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
