package dev.vmsnap.storage.file;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.time.Instant;
import java.util.Map;

/**
 * A copy of what the store knows of a VM, which lies beside its disks.
 *
 * @param written when it was written
 * @param record the VM's record
 * @param configurations the configuration of each snapshot of which there is one; holds secrets
 */
record Manifest(Instant written, VmRecord record, Map<SnapshotId, VmConfiguration> configurations) {
    /** What the format is called in the file itself. */
    static final String FORMAT = "vmsnap-manifest";

    /** The version that is written, and the highest that is read. */
    static final int VERSION = 1;

    /** Keeps the configurations of snapshots that are in the tree. */
    Manifest {
        configurations = Map.copyOf(configurations);
    }
}
