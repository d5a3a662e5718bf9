package dev.vmsnap.core.internal.run;

/** Keys of the facts in a journal entry. They stand in stores: they are never reused for something else. */
final class Facts {
    /** The VM's power state before the operation. */
    static final String POWER = "power";
    /** The VM's name. */
    static final String NAME = "name";
    /** What to do when the guest cannot be frozen. */
    static final String QUIESCE = "quiesce";

    /** The node that a VM is taken to. */
    static final String TARGET = "target";
    /** Whether that node had the VM defined before. */
    static final String TARGET_HAD_IT = "target-had-it";

    private Facts() {}
}
