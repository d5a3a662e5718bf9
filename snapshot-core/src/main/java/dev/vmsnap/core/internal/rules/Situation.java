package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

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
 * @param states what storage drivers say of the volumes that take part, by disk target
 * @param abilities what the hypervisor of the chosen sighting can do
 * @param traits the traits of every storage driver that the engine has, by driver id
 * @param drift how the configuration differs from that of the snapshot to restore; empty for every other intent
 * @param elsewhere what is known of the node that the VM may go to; empty for every intent that moves nothing
 * @param destinations what storage drivers have against the places of copies; empty for every intent that copies nothing
 * @param headroom how many bytes must stay free on every store in the worst case; empty when the worst case is only
 *     worth a notice
 */
public record Situation(
        VmRecord record,
        SnapshotSettings settings,
        List<Sighting> sightings,
        List<String> silentNodes,
        Set<String> nodes,
        List<DiskClaim> claims,
        Map<String, VolumeState> states,
        Set<Ability> abilities,
        Map<String, Set<StorageDriver.Trait>> traits,
        List<String> drift,
        Optional<Elsewhere> elsewhere,
        List<Refusal> destinations,
        OptionalLong headroom) {

    /** Copies the collections. */
    public Situation {
        sightings = List.copyOf(sightings);
        silentNodes = List.copyOf(silentNodes);
        nodes = Set.copyOf(nodes);
        claims = List.copyOf(claims);
        states = Map.copyOf(states);
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
        return with(Optional.of(there), destinations);
    }

    /**
     * Returns this situation with what storage drivers have against the places of copies.
     *
     * @param against the refusals
     * @return the changed copy
     */
    public Situation with(List<Refusal> against) {
        return with(elsewhere, against);
    }

    private Situation with(Optional<Elsewhere> there, List<Refusal> against) {
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
                headroom);
    }

    Set<StorageDriver.Trait> traitsOf(String storage) {
        return traits.getOrDefault(storage, Set.of());
    }

    /** Looks a state up by where its data is: a target can name another disk today than it did in a snapshot. */
    public Optional<VolumeState> stateOf(String source) {
        return states.values().stream()
                .filter(state -> state.volume().source().equals(source))
                .findFirst();
    }
}
