package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the RAM of a snapshot is kept: inside the images when every volume can, else beside the first volume that has
 * room for it.
 *
 * @param beside the storage driver that keeps it; empty when it is inside the images
 */
public record RamPlace(Optional<String> beside) {

    /**
     * Finds the place. It depends on nothing that changes, so a restore finds where the create has put it.
     *
     * @param volumes the volumes of the snapshot
     * @param traits the traits of the storage drivers, by id
     * @return the place, or empty when there is none
     */
    public static Optional<RamPlace> of(List<Volume> volumes, Map<String, Set<Trait>> traits) {
        if (volumes.stream().allMatch(volume -> has(traits, volume, Trait.RAM_IN_IMAGE))) {
            return Optional.of(new RamPlace(Optional.empty()));
        }
        return volumes.stream()
                .filter(volume -> has(traits, volume, Trait.RAM_BESIDE))
                .findFirst()
                .map(volume -> new RamPlace(Optional.of(volume.storage())));
    }

    /** Tells whether the RAM lies with a volume. */
    boolean isWith(Volume volume) {
        return beside.map(volume.storage()::equals).orElse(true);
    }

    private static boolean has(Map<String, Set<Trait>> traits, Volume volume, Trait trait) {
        return traits.getOrDefault(volume.storage(), Set.of()).contains(trait);
    }
}
