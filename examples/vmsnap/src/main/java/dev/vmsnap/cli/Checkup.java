package dev.vmsnap.cli;

import dev.vmsnap.Finding;
import dev.vmsnap.SnapshotTree;
import java.util.List;

/**
 * What was noticed of one VM.
 *
 * @param vm the VM
 * @param tree its snapshots
 * @param findings empty when all is well
 */
record Checkup(Vm vm, SnapshotTree tree, List<Finding> findings) {}
