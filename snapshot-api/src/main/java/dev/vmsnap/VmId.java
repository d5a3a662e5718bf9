package dev.vmsnap;

import java.util.regex.Pattern;

/**
 * Names a virtual machine of the host application, for ever: a rename of the VM does not change it. On KVM it is the
 * domain's UUID in its canonical lower-case form.
 *
 * @param value 1 to 128 characters: ASCII letters, digits, {@code _ . : -}; the first is a letter or a digit
 */
public record VmId(String value) implements Comparable<VmId> {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}");

    /** Checks the form. */
    public VmId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("a VM id is 1 to 128 letters, digits, '_', '.', ':' or '-'");
        }
    }

    /**
     * Returns the id of that value.
     *
     * @param value as in {@link #value()}
     * @return the id
     */
    public static VmId of(String value) {
        return new VmId(value);
    }

    @Override
    public int compareTo(VmId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
