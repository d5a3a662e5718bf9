package dev.vmsnap.manifest;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.RecordsCopy;
import java.util.Set;

/**
 * The text of a {@link RecordsCopy}, as it lies beside a VM's disks. Version 2 names the store and the parts that are left
 * behind, which version 1 does not. Immutable and thread-safe.
 */
public final class Manifest {
    /** What the format is called in the file itself. */
    static final String FORMAT = "vmsnap-manifest";

    /** The version that is written, and the highest that is read. */
    static final int VERSION = 2;

    /** The most bytes of a copy that are read; a larger one is none of ours. */
    public static final int MOST_BYTES = 8 << 20;

    /** The most snapshots that a copy may name; each is compared with all of its ancestors. */
    static final int MOST_SNAPSHOTS = 4096;

    private Manifest() {}

    /**
     * Reads a copy. The text is untrusted; what it states of snapshots is not proved.
     *
     * @param text as {@link #text} returned it
     * @return the copy
     * @throws IllegalArgumentException if it is none, is damaged, or has a version from the future
     */
    public static RecordsCopy read(String text) {
        return ManifestReader.read(text);
    }

    /**
     * Writes a copy: always the same fields in the same order, without those that are absent.
     *
     * @param copy the copy
     * @return indented JSON that UTF-8 carries without loss; holds secrets
     */
    public static String text(RecordsCopy copy) {
        return ManifestWriter.write(copy);
    }

    /**
     * Names the snapshots and leftovers of a copy of any store that another copy does not name.
     *
     * @param there the text of the copy
     * @param next the other copy, of any revision
     * @return the snapshots
     * @throws IllegalArgumentException if the text cannot be read, or is of another VM
     */
    public static Set<SnapshotId> unnamed(String there, RecordsCopy next) {
        return ManifestReader.unnamed(there, next);
    }

    /**
     * Names the snapshots of a copy that would no longer be named if another took its place.
     *
     * @param there the text of the copy
     * @param next the copy that is to take its place
     * @return the snapshots; none if the copy is of no higher revision and names nothing else
     * @throws IllegalArgumentException if the text cannot be read, or its revision is higher: it must stay then
     */
    public static Set<SnapshotId> lost(String there, RecordsCopy next) {
        return ManifestReader.lost(there, next);
    }
}
