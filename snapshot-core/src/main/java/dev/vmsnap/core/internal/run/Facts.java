package dev.vmsnap.core.internal.run;

import dev.vmsnap.Intent;
import java.util.Map;

/** Keys of the facts in a journal entry. They stand in stores: they are never reused for something else. */
final class Facts {
    /** The VM's power state before the operation. */
    static final String POWER = "power";
    /** The VM's name. */
    static final String NAME = "name";
    /** What to do when the guest cannot be frozen. */
    static final String QUIESCE = "quiesce";

    /** The power state that a restore is to leave. */
    static final String POWER_AFTER = "power-after";
    /** Whether the VM has a generation ID in the configuration that a restore leaves. */
    static final String GENERATION_ID = "generation-id";

    static final String YES = "yes";
    static final String NO = "no";

    /** A line of a restore's certificate, by the hazard: its outcome and why. */
    static final String CERTIFICATE = "certificate ";

    /** The node that a VM is taken to. */
    static final String TARGET = "target";
    /** Whether that node had the VM defined before. */
    static final String TARGET_HAD_IT = "target-had-it";

    /** Where the copy of a disk goes, by the disk's target. */
    static final String COPY_TO = "copy goes to ";
    /** What a disk that is copied is, by its target: these outlive its record. */
    static final String COPY_OF = "copy is of ";

    static final String COPY_STORAGE = "copy is by ";
    static final String COPY_FORMAT = "copy has format ";
    static final String COPY_KIND = "copy lies on ";
    /** The size that a disk had when the snapshot was taken, in bytes; absent when nobody knows. */
    static final String COPY_BYTES = "copy has size ";

    /** Where a disk is on the node that a VM is taken to, by its target. */
    static final String GOES_TO = "goes to ";
    /** Where it was, by its target. */
    static final String WAS_AT = "was at ";

    /** Whether a deletion goes on where no part of a snapshot can be reached. */
    static final String UNREACHABLE = "unreachable";

    private Facts() {}

    static Map<String, String> of(Intent.Unreachable unreachable) {
        return Map.of(UNREACHABLE, unreachable.name());
    }
}
