package dev.vmsnap;

import java.util.regex.Pattern;

/**
 * Names a snapshot, uniquely over all VMs and for ever. Everything that storage holds of a snapshot is named by its id,
 * never by the name a person gave it; the id starts with a letter because {@code qemu-img} reads a number as an index
 * into the image's snapshot table.
 *
 * @param value 1 to 40 characters: lower-case ASCII letters, digits and {@code -}; the first is a letter
 */
public record SnapshotId(String value) implements Comparable<SnapshotId> {
    private static final Pattern FORM = Pattern.compile("[a-z][a-z0-9-]{0,39}");

    /** Checks the form. */
    public SnapshotId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "a snapshot id is 1 to 40 lower-case letters, digits or '-', the first a letter");
        }
    }

    /**
     * Returns the id of that value.
     *
     * @param value as in {@link #value()}
     * @return the id
     */
    public static SnapshotId of(String value) {
        return new SnapshotId(value);
    }

    @Override
    public int compareTo(SnapshotId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
