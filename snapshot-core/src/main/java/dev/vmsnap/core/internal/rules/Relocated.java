package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Volume;
import java.util.List;
import java.util.Map;

/**
 * The places that disks have on another node. The host names a disk by its target, which means the disk that has that target
 * now; a disk that had it before, and that a snapshot remembers, stays where it is.
 */
public final class Relocated {
    private final List<DiskClaim> claims;
    private final Map<String, String> sources;

    /**
     * Keeps what the host said.
     *
     * @param claims the disks that the VM has now
     * @param sources the new places, by target
     */
    public Relocated(List<DiskClaim> claims, Map<String, String> sources) {
        this.claims = List.copyOf(claims);
        this.sources = Map.copyOf(sources);
    }

    /**
     * Returns a volume in the place that it has on the other node.
     *
     * @param volume the volume here
     * @return the volume there
     */
    public Volume of(Volume volume) {
        boolean replaced = claims.stream()
                .map(DiskClaim::disk)
                .anyMatch(disk -> disk.target().equals(volume.target())
                        && disk.source()
                                .filter(source -> !source.equals(volume.source()))
                                .isPresent());
        String place = sources.get(volume.target());
        return place == null || replaced ? volume : volume.withSource(place);
    }
}
