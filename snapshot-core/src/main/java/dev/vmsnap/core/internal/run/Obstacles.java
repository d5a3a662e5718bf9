package dev.vmsnap.core.internal.run;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks a node what keeps it from starting a VM. */
final class Obstacles {
    private final SnapshotStore store;
    private final HypervisorDriver node;

    Obstacles(SnapshotStore store, HypervisorDriver node) {
        this.store = store;
        this.node = node;
    }

    /** Returns the obstacles that keep the node from bringing snapshots back, one phrase each. */
    Map<SnapshotId, List<String>> ofSnapshots(
            VmRecord record, Collection<SnapshotId> ids, Map<String, String> sources) {
        Map<SnapshotId, VmConfiguration> configurations = store.configurations(record.vm());
        Map<SnapshotId, List<String>> found = new LinkedHashMap<>();
        for (Snapshot snapshot : record.tree().snapshots()) {
            VmConfiguration then = configurations.get(snapshot.id());
            if (ids.contains(snapshot.id()) && then != null) {
                String hypervisor = snapshot.ram()
                        ? snapshot.receipt().map(Snapshot.Receipt::hypervisor).orElse("")
                        : "";
                found.put(snapshot.id(), of(then, hypervisor, sources));
            }
        }
        return found;
    }

    /** Returns the obstacles that keep the node from starting a VM with its disks in those places, one phrase each. */
    List<String> of(VmConfiguration configuration, String hypervisor, Map<String, String> sources) {
        if (!(node instanceof HypervisorDriver.Relocation relocation)) {
            return List.of();
        }
        VmConfiguration moved = sources.isEmpty() ? configuration : relocation.relocated(configuration, sources);
        return relocation.obstacles(moved, hypervisor);
    }
}
