package dev.vmsnap.kvm;

import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.NodeFiles;

/**
 * Commands and files of a node, and its clock.
 *
 * @param commands runs commands there
 * @param files reads and writes files there
 * @param clock the node's own
 */
record NodeAccess(Commands commands, NodeFiles files, NodeClock clock) {

    /**
     * Returns the same for the holder of a lease.
     *
     * @param lease as in {@link HypervisorDriver#fencedBy}
     */
    NodeAccess fencedBy(HypervisorDriver.Fence lease) {
        NodeFence fence = new NodeFence(clock, lease);
        NodeFiles fenced =
                files instanceof CommandFiles remote ? remote.fencedBy(fence) : new FencedFiles(files, lease);
        return new NodeAccess(new FencedCommands(commands, fence), fenced, clock);
    }
}
