package dev.vmsnap.cli;

import dev.vmsnap.Finding;
import dev.vmsnap.SnapshotTree;
import java.util.List;
import java.util.Optional;

/**
 * What was noticed of one VM.
 *
 * @param vm the VM
 * @param tree its snapshots
 * @param findings empty when all is well
 * @param failure why nothing could be found out; empty otherwise
 */
record Checkup(Vm vm, SnapshotTree tree, List<Finding> findings, Optional<Failure> failure) {}
