package dev.vmsnap.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** An option of every verb that the environment or the configuration file may give in place of the command line. */
enum Preference {
    CONNECT,
    NODE,
    STORE,
    AUDIT,
    AS,
    WAIT,
    LVM,
    SHARED_LVM,
    LVM_SNAPSHOT_SIZE,
    SAME_EXPORT,
    ABANDONED_EXPORT,
    NO_COLOR,
    JSON,
    VERBOSE;

    /** Its name in the file, as of the option. */
    String key() {
        return Choices.word(this);
    }

    /** Its name in the environment. */
    String variable() {
        return "VMSNAP_" + name();
    }

    /** Whether it may be given more than once. */
    boolean many() {
        return switch (this) {
            case NODE, LVM, SHARED_LVM, SAME_EXPORT, ABANDONED_EXPORT -> true;
            default -> false;
        };
    }

    /** Whether it names a file. */
    boolean path() {
        return this == STORE || this == AUDIT;
    }

    /** Whether a file may give it: how one run prints is for that run to say. */
    boolean lasting() {
        return this != JSON && this != VERBOSE;
    }

    static Optional<Preference> of(String key) {
        return Arrays.stream(values())
                .filter(one -> one.key().equals(key.toLowerCase(Locale.ROOT)))
                .findFirst();
    }
}
