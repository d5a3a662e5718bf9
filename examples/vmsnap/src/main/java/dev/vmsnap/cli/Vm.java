package dev.vmsnap.cli;

import dev.vmsnap.VmId;

/**
 * The VM that a command line names.
 *
 * @param id its id
 * @param name what the hypervisor calls it, or the id where nobody knows
 */
record Vm(VmId id, String name) {
    /** Tells whether the name says more than the id. */
    boolean isNamed() {
        return !name.equals(id.value());
    }
}
