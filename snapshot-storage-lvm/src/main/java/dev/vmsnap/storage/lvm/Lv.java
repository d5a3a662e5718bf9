package dev.vmsnap.storage.lvm;

import dev.vmsnap.SnapshotId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What {@code lvs} said of a logical volume.
 *
 * @param path which
 * @param attributes the ten characters of {@code lv_attr}, whose places are documented in lvs(8)
 * @param bytes its size; of a thick snapshot the room for what changes
 * @param origin what it was taken from, as far as LVM remembers; may be empty
 * @param originBytes of a thick snapshot: the size of its volume when it was taken; 0 for others
 * @param pool the thin pool that it lives in; empty for others
 * @param dataPercent how full it is, where the kernel tells
 * @param metadataPercent how full a pool's metadata is, where the kernel tells
 * @param metadataBytes size of a pool's metadata; 0 for others
 * @param thinVolumes how many volumes a pool has; 0 for others
 * @param type LVM's word for its first segment, for example {@code linear} or {@code cache}
 * @param chunkBytes of a thick snapshot: the unit in which it keeps changes; 0 for volumes without one
 * @param tags its tags
 */
record Lv(
        LvPath path,
        String attributes,
        long bytes,
        String origin,
        long originBytes,
        String pool,
        OptionalDouble dataPercent,
        OptionalDouble metadataPercent,
        long metadataBytes,
        long thinVolumes,
        String type,
        long chunkBytes,
        List<String> tags) {
    private static final int ATTRIBUTES = 10;
    private static final String UNUSABLE_STATES = "IsSmM";
    private static final String RAM_TAG = "vmsnap.ram=";
    private static final Pattern RAM = Pattern.compile(Pattern.quote(RAM_TAG) + "([0-9]{1,18})");
    private static final Pattern RESTORING = Pattern.compile("vmsnap\\.restoring=([a-z][a-z0-9-]{0,39})/([0-9]{1,18})");

    Lv {
        if (attributes.length() < ATTRIBUTES) {
            throw new IllegalArgumentException("lv_attr has ten characters");
        }
        tags = List.copyOf(tags);
    }

    /** What a copy of a snapshot bears until it is the host's. */
    static String copyTag(SnapshotId id) {
        return "vmsnap.copy=" + id;
    }

    static String ramTag(long bytes) {
        return RAM_TAG + bytes;
    }

    /**
     * The restore that a volume is in the middle of.
     *
     * @param id to which snapshot
     * @param extents the room that the snapshot had
     */
    record Restoring(SnapshotId id, long extents) {
        String tag() {
            return "vmsnap.restoring=" + id + "/" + extents;
        }
    }

    Optional<Owner> owner() {
        return Owner.in(tags);
    }

    boolean isOwnedBy(Owner owner) {
        return owner().filter(owner::sameAs).isPresent();
    }

    /** Whether it lives in a thin pool. */
    boolean isThin() {
        return !pool.isEmpty() && attributes.charAt(6) == 't';
    }

    /** Whether it is a copy-on-write snapshot with room of its own, merging or not. */
    boolean isThickSnapshot() {
        return "sS".indexOf(attributes.charAt(0)) >= 0;
    }

    /** Whether copy-on-write snapshots hang on it. */
    boolean isThickOrigin() {
        return "oO".indexOf(attributes.charAt(0)) >= 0;
    }

    boolean isThinPool() {
        return attributes.charAt(0) == 't';
    }

    /** Whether a thick snapshot of another volume. */
    boolean isThickSnapshotOf(LvPath volume) {
        return isThickSnapshot() && path.group().equals(volume.group()) && origin.equals(volume.name());
    }

    /** Whether a merge into this volume waits until nobody has it or the snapshot open; LVM starts it on request only. */
    boolean isMergeDelayed() {
        return isThickOrigin() && isMerging() && isActive() && dataPercent.isEmpty();
    }

    /** Whether a snapshot is on its way into it, or it is that snapshot. */
    boolean isMerging() {
        return "OS".indexOf(attributes.charAt(0)) >= 0;
    }

    /** Whether a guest's disk can be one like this: nothing that is a part of something else. */
    boolean canBeADisk() {
        return isThin() ? "Vo".indexOf(attributes.charAt(0)) >= 0 : "-oOrRmMC".indexOf(attributes.charAt(0)) >= 0;
    }

    boolean isReadOnly() {
        return "rR".indexOf(attributes.charAt(1)) >= 0;
    }

    /** Whether the kernel of this node has it. */
    boolean isActive() {
        return "-X".indexOf(attributes.charAt(4)) < 0;
    }

    boolean isSuspended() {
        return attributes.charAt(4) == 's';
    }

    /** Whether more has changed than a snapshot had room for. */
    boolean isOverflown() {
        return isThickSnapshot() && "IS".indexOf(attributes.charAt(4)) >= 0;
    }

    boolean isUnusable() {
        return UNUSABLE_STATES.indexOf(attributes.charAt(4)) >= 0 || health() == 'F';
    }

    boolean isOpen() {
        return attributes.charAt(5) == 'o';
    }

    boolean isOutOfData() {
        return health() == 'D';
    }

    /** Whether a pool has to be checked before anything can be written to its metadata. */
    boolean needsCheck() {
        return isThinPool() && (health() == 'M' || "cC".indexOf(attributes.charAt(4)) >= 0);
    }

    /** Whether a pool clears what it hands out. */
    boolean zeroes() {
        return attributes.charAt(7) == 'z';
    }

    boolean skipsActivation() {
        return attributes.charAt(9) == 'k';
    }

    /** How much of its room is taken, where the kernel tells. */
    OptionalLong usedBytes() {
        return dataPercent.isPresent()
                ? OptionalLong.of((long) Math.ceil(bytes * dataPercent.getAsDouble() / 100))
                : OptionalLong.empty();
    }

    /** The RAM that is kept in it, to its end; empty while it is being written. */
    OptionalLong ramBytes() {
        return matches(RAM).mapToLong(match -> Long.parseLong(match.group(1))).findFirst();
    }

    /** The restore that it is in the middle of, as its tag says. */
    Optional<Restoring> restoring() {
        return matches(RESTORING)
                .map(match -> new Restoring(SnapshotId.of(match.group(1)), Long.parseLong(match.group(2))))
                .findFirst();
    }

    private Stream<Matcher> matches(Pattern pattern) {
        return tags.stream().map(pattern::matcher).filter(Matcher::matches);
    }

    private char health() {
        return attributes.charAt(8);
    }
}
