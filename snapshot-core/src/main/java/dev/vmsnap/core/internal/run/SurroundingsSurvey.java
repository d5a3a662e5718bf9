package dev.vmsnap.core.internal.run;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Sighting;
import dev.vmsnap.core.internal.rules.Surroundings;
import dev.vmsnap.core.internal.rules.VolumeStates;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gathers what else has a say in a verb: the VM's own node, and the other VMs on it. */
final class SurroundingsSurvey {
    private final Wiring wiring;

    SurroundingsSurvey(Wiring wiring) {
        this.wiring = wiring;
    }

    /** For a create: with RAM the node must be able to start the VM as it is configured now. */
    Surroundings ofCreate(Sighting at, VmRecord record, VolumeStates states, boolean ram) {
        HypervisorDriver node = wiring.node(at.node());
        List<String> obstacles = ram
                ? new Obstacles(wiring.store(), node)
                        .of(node.configuration(at.vm().id()), "", Map.of())
                : List.of();
        return new Surroundings(obstacles, owners(record, states), Map.of());
    }

    /** For a restore. */
    Surroundings ofRestore(Sighting at, VmRecord record, VolumeStates states, Snapshot snapshot) {
        return new Surroundings(startObstacles(at, snapshot), owners(record, states), sharing(at, snapshot.volumes()));
    }

    /** For a comparison of all that belongs to a VM. */
    Surroundings of(Sighting at, VmRecord record, VolumeStates states, List<Volume> volumes) {
        return new Surroundings(List.of(), owners(record, states), sharing(at, volumes));
    }

    /** What keeps the VM's own node from starting it with its present configuration, or with that of its saved RAM. */
    private List<String> startObstacles(Sighting at, Snapshot snapshot) {
        HypervisorDriver node = wiring.node(at.node());
        Obstacles obstacles = new Obstacles(wiring.store(), node);
        VmConfiguration then = wiring.store().configurations(at.vm().id()).get(snapshot.id());
        if (snapshot.ram() && then != null) {
            String saved = snapshot.receipt().map(Snapshot.Receipt::hypervisor).orElse("");
            return obstacles.of(then, saved, Map.of());
        }
        return at.vm().power().isActive()
                ? obstacles.of(node.configuration(at.vm().id()), "", Map.of())
                : List.of();
    }

    /** The VMs whose snapshots lie on these volumes too. */
    private Map<SnapshotId, VmId> owners(VmRecord record, VolumeStates states) {
        Map<SnapshotId, VmId> owners = new LinkedHashMap<>();
        states.all()
                .flatMap(state -> state.asSeen().stream())
                .flatMap(state -> state.snapshots().keySet().stream())
                .filter(id -> record.tree().find(id).isEmpty())
                .filter(id -> record.leftovers().stream()
                        .noneMatch(left -> left.snapshot().equals(id)))
                .distinct()
                .forEach(id -> wiring.store().owner(id).ifPresent(vm -> owners.put(id, vm)));
        return owners;
    }

    /** The other VMs of the node that have these disks, by name. */
    private Map<Volume.Key, List<String>> sharing(Sighting at, List<Volume> volumes) {
        Map<Volume.Key, List<String>> sharing = new LinkedHashMap<>();
        for (VmDescription other : wiring.node(at.node()).vms()) {
            if (!other.id().equals(at.vm().id())) {
                volumes.stream().filter(volume -> hasDisk(other, volume)).forEach(volume -> sharing.computeIfAbsent(
                                volume.key(), none -> new ArrayList<>())
                        .add(other.name()));
            }
        }
        return sharing;
    }

    private static boolean hasDisk(VmDescription vm, Volume volume) {
        return vm.disks().stream()
                .filter(disk -> !disk.is(VmDescription.Disk.Flag.READ_ONLY))
                .anyMatch(disk -> disk.source().filter(volume.source()::equals).isPresent());
    }
}
