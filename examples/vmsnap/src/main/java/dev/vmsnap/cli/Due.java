package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import java.util.List;
import java.util.Optional;

/**
 * What became of the snapshots of one VM whose time was over.
 *
 * @param vm the VM
 * @param deleted those that are gone
 * @param left those that are still there
 * @param failure why they are; empty when all are gone
 */
record Due(Vm vm, List<Snapshot> deleted, List<Snapshot> left, Optional<Failure> failure) {}
