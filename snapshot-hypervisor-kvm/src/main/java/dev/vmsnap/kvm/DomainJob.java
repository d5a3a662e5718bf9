package dev.vmsnap.kvm;

import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * What libvirt works on at length for a domain.
 *
 * @param type a {@code virDomainJobType}
 * @param operation a {@code virDomainJobOperation}
 * @param processed how much of it is done, in bytes
 * @param remaining how much is left, in bytes, as far as QEMU knows
 */
record DomainJob(int type, int operation, long processed, long remaining) {
    private static final int NONE = 0;
    private static final int SNAPSHOT = 6;

    static final DomainJob NOTHING = new DomainJob(NONE, 0, 0, 0);

    // virTypedParameter: a name of 80 bytes, the type, and a union that begins at a multiple of 8.
    private static final int ENTRY_BYTES = 96;
    private static final int VALUE_AT = 88;

    static DomainJob of(int type, @Nullable Pointer parameters, int count) {
        int operation = 0;
        long processed = 0;
        long remaining = 0;
        for (int i = 0; parameters != null && i < count; i++) {
            Pointer entry = parameters.share((long) i * ENTRY_BYTES);
            switch (entry.getString(0, "US-ASCII")) {
                case "operation" -> operation = entry.getInt(VALUE_AT);
                case "data_processed" -> processed = entry.getLong(VALUE_AT);
                case "data_remaining" -> remaining = entry.getLong(VALUE_AT);
                default -> {}
            }
        }
        return new DomainJob(type, operation, processed, remaining);
    }

    boolean isWorking() {
        return type != NONE;
    }

    /** Whether it is a snapshot that is being made with RAM; libvirt tells of no other. */
    boolean savesRam() {
        return type != NONE && operation == SNAPSHOT;
    }

    /** How much is done, 0 to 1. */
    double fraction() {
        long whole = processed + remaining;
        return whole <= 0 ? 0 : (double) processed / whole;
    }
}
