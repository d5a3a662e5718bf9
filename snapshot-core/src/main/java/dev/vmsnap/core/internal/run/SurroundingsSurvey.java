package dev.vmsnap.core.internal.run;

import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.GuestRule;
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
import java.util.Optional;

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

    /** Adds the other VMs that have these volumes. */
    Surroundings withSharing(Surroundings known, Sighting at, List<Volume> volumes) {
        return new Surroundings(known.obstacles(), known.owners(), sharing(at, volumes));
    }

    /** For a restore. */
    Surroundings ofRestore(
            Sighting at, VmRecord record, VolumeStates states, Snapshot snapshot, Intent.RestoreOptions options) {
        return new Surroundings(
                startObstacles(at, snapshot, options), owners(record, states), sharing(at, snapshot.volumes()));
    }

    /** For what snapshots take. */
    Surroundings ofUsage(VmRecord record, VolumeStates states) {
        return new Surroundings(List.of(), owners(record, states), Map.of());
    }

    /** For a comparison of all that belongs to a VM. */
    Surroundings of(Sighting at, VmRecord record, VolumeStates states, List<Volume> volumes) {
        return new Surroundings(List.of(), owners(record, states), sharing(at, volumes));
    }

    /** Returns the obstacles to a start on the VM's own node, with the configuration that the restore starts it with. */
    private List<String> startObstacles(Sighting at, Snapshot snapshot, Intent.RestoreOptions options) {
        if (!GuestRule.starts(at.vm(), snapshot, options)) {
            return List.of();
        }
        HypervisorDriver node = wiring.node(at.node());
        Obstacles obstacles = new Obstacles(wiring.store(), node);
        boolean ram = GuestRule.loadsRam(snapshot, options);
        if (ram || options.drift() == Intent.Drift.RESTORE_CONFIGURATION) {
            VmConfiguration then = wiring.store().configurations(at.vm().id()).get(snapshot.id());
            if (then != null) {
                Optional<String> saved = snapshot.receipt().filter(has -> ram).map(Snapshot.Receipt::hypervisor);
                return obstacles.of(then, saved.orElse(""), Map.of());
            }
        }
        return obstacles.of(node.configuration(at.vm().id()), "", Map.of());
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
        return vm.disk(volume)
                .filter(disk -> !disk.is(VmDescription.Disk.Flag.READ_ONLY))
                .isPresent();
    }
}
