package dev.vmsnap.cli;

import dev.vmsnap.VmSnapshots.Rebuilt;
import java.util.Optional;

/**
 * The outcome of a rebuild of one VM.
 *
 * @param vm the VM
 * @param rebuilt what was done; empty if it failed
 * @param failure why it failed; empty if it did not
 */
record RebuildOutcome(Vm vm, Optional<Rebuilt> rebuilt, Optional<Failure> failure) {
    boolean changed() {
        return rebuilt.filter(Rebuilt::changed).isPresent();
    }
}
