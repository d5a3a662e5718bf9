package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Snapshot;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The states of volumes, each under the identity of its disk: a target can name another disk today than yesterday. */
public final class VolumeStates {
    /** No volume was inspected. */
    public static final VolumeStates NONE = new VolumeStates(List.of());

    private final Map<Volume.Key, VolumeState> states = new LinkedHashMap<>();

    /**
     * Keeps states.
     *
     * @param states at most one of each volume
     */
    public VolumeStates(Collection<VolumeState> states) {
        states.forEach(state -> this.states.put(state.volume().key(), state));
    }

    /**
     * Returns the state of a volume.
     *
     * @param volume which
     * @return its state, or empty if nobody inspected it
     */
    public Optional<VolumeState> of(Volume volume) {
        return Optional.ofNullable(states.get(volume.key()));
    }

    /**
     * Returns the state of a volume that was seen.
     *
     * @param volume which
     * @return its state, or empty if it is absent or unknown, or if nobody inspected it
     */
    public Optional<VolumeState.Seen> seen(Volume volume) {
        return of(volume).flatMap(VolumeState::asSeen);
    }

    /**
     * Returns the part of a snapshot that a volume holds.
     *
     * @param volume which
     * @param snapshot of which snapshot
     * @return the part, or empty if the volume was not seen or holds none
     */
    public Optional<VolumeState.Part> part(Volume volume, Snapshot snapshot) {
        return seen(volume).flatMap(state -> state.part(snapshot.id()));
    }

    /**
     * Returns all states.
     *
     * @return in the order in which the drivers gave them
     */
    public Stream<VolumeState> all() {
        return states.values().stream();
    }
}
