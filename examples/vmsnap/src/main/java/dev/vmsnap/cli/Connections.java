package dev.vmsnap.cli;

import dev.vmsnap.VmSnapshots;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.SnapshotStore;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The library, wired.
 *
 * @param snapshots the engine; owns the nodes
 * @param nodes the hypervisor of each node by its name, for what the engine does not tell: versions, and who is silent
 */
record Connections(VmSnapshots snapshots, Map<String, HypervisorDriver> nodes) {

    /** The same for a person who waits that long if a VM is busy. */
    Connections waiting(Duration time) {
        return new Connections(snapshots.waiting(time), nodes);
    }

    /** Wires the library as the options say. Nothing is asked of a node. */
    interface Opener {
        Connections open(GlobalOptions options, Terminal terminal);

        /** Opens the records alone, for reading; empty if there are none yet. */
        Optional<SnapshotStore> records(GlobalOptions options, Terminal terminal);
    }
}
