package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Every fact the rules decide from. What an intent does not depend on may be empty: an edit needs no sighting, a host's
 * migration no states.
 *
 * @param record what the store remembers of the VM
 * @param settings the settings in force for it
 * @param sightings the nodes that have it
 * @param silentNodes the nodes that did not answer
 * @param nodes all nodes that the engine has
 * @param claims the disks of the {@linkplain #chosen() chosen} sighting, in the order of its configuration
 * @param states what storage drivers say of the volumes that take part
 * @param abilities what the hypervisor of the chosen sighting can do
 * @param traits the traits of every storage driver that the engine has, by driver id
 * @param drift how the configuration differs from that of the snapshot to restore; empty for every other intent
 * @param elsewhere what is known of the node that the VM may go to; empty for every intent that moves nothing
 * @param destinations what storage drivers have against the places of copies; empty for every intent that copies nothing
 * @param surroundings what else has a say
 * @param headroom how many bytes must stay free on every store in the worst case; empty when the worst case is only
 *     worth a notice
 */
public record Situation(
        VmRecord record,
        SnapshotSettings settings,
        List<Sighting> sightings,
        List<SilentNode> silentNodes,
        Set<String> nodes,
        List<DiskClaim> claims,
        VolumeStates states,
        Set<Ability> abilities,
        Map<String, Set<StorageDriver.Trait>> traits,
        List<String> drift,
        Optional<Elsewhere> elsewhere,
        List<Refusal> destinations,
        Surroundings surroundings,
        OptionalLong headroom) {

    /** Copies the collections. */
    public Situation {
        sightings = List.copyOf(sightings);
        silentNodes = List.copyOf(silentNodes);
        nodes = Set.copyOf(nodes);
        claims = List.copyOf(claims);
        abilities = Set.copyOf(abilities);
        traits = Map.copyOf(traits);
        drift = List.copyOf(drift);
        destinations = List.copyOf(destinations);
    }

    /**
     * Returns the node to act on: the only one that has the VM, or the only one on which it is active. The record's node
     * does not break a tie: after a cold migration it may be the one with the stale definition.
     *
     * @return the sighting, or empty when there is none or it cannot be told which
     */
    public Optional<Sighting> chosen() {
        return chosen(sightings);
    }

    /**
     * Chooses as {@link #chosen()} does, for whoever has not gathered the rest of a situation yet.
     *
     * @param sightings the nodes that have the VM
     * @return the sighting, or empty when there is none or it cannot be told which
     */
    public static Optional<Sighting> chosen(List<Sighting> sightings) {
        if (sightings.size() == 1) {
            return Optional.of(sightings.get(0));
        }
        List<Sighting> active =
                sightings.stream().filter(s -> s.vm().power().isActive()).toList();
        return active.size() == 1 ? Optional.of(active.get(0)) : Optional.empty();
    }

    /**
     * Returns this situation with what is known of the node that the VM may go to.
     *
     * @param there what is known
     * @return the changed copy
     */
    public Situation with(Elsewhere there) {
        return with(Optional.of(there), destinations, surroundings);
    }

    /**
     * Returns this situation with what storage drivers have against the places of copies.
     *
     * @param against the refusals
     * @return the changed copy
     */
    public Situation with(List<Refusal> against) {
        return with(elsewhere, against, surroundings);
    }

    /**
     * Returns this situation with what else has a say.
     *
     * @param around what
     * @return the changed copy
     */
    public Situation with(Surroundings around) {
        return with(elsewhere, destinations, around);
    }

    /**
     * Returns this situation with another tree in its record.
     *
     * @param tree the tree
     * @return the changed copy
     */
    public Situation with(SnapshotTree tree) {
        return new Situation(
                record.withTree(tree),
                settings,
                sightings,
                silentNodes,
                nodes,
                claims,
                states,
                abilities,
                traits,
                drift,
                elsewhere,
                destinations,
                surroundings,
                headroom);
    }

    private Situation with(Optional<Elsewhere> there, List<Refusal> against, Surroundings around) {
        return new Situation(
                record,
                settings,
                sightings,
                silentNodes,
                nodes,
                claims,
                states,
                abilities,
                traits,
                drift,
                there,
                against,
                around,
                headroom);
    }

    Set<StorageDriver.Trait> traitsOf(String storage) {
        return traits.getOrDefault(storage, Set.of());
    }

    /**
     * Returns the state of a volume.
     *
     * @param volume which
     * @return its state, or empty if nobody inspected it
     */
    public Optional<VolumeState> stateOf(Volume volume) {
        return states.of(volume);
    }

    /**
     * Returns the node that may have the VM although nobody can ask it: the one that had it last, if the engine does not have
     * that node and none of its own has the VM.
     *
     * @return its name, or empty if there is no such node
     */
    public Optional<String> unknownNode() {
        return record.node().filter(node -> sightings.isEmpty() && !nodes.contains(node));
    }

    /** Reports whether a node did not answer. */
    boolean isSilent(String node) {
        return silentNodes.stream().anyMatch(silent -> silent.name().equals(node));
    }

    /**
     * Names the nodes that did not answer.
     *
     * @return their names, sorted, with a comma in between
     */
    String silentNames() {
        return silentNodes.stream().map(SilentNode::name).sorted().collect(Collectors.joining(", "));
    }
}
