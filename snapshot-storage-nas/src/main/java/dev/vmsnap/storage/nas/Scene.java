package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException;
import dev.vmsnap.Volume;
import dev.vmsnap.storage.nas.Standing.Away;
import dev.vmsnap.storage.nas.Standing.Here;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How it stands with all volumes of one call.
 *
 * @param standings one for each volume, in their order
 */
record Scene(List<Standing> standings) {

    /** Copies the list. */
    Scene {
        standings = List.copyOf(standings);
    }

    /** Those whose export is there. */
    List<Here> here() {
        return standings.stream()
                .filter(Here.class::isInstance)
                .map(Here.class::cast)
                .toList();
    }

    /** Their volumes. */
    List<Volume> all() {
        return here().stream().map(Here::seen).toList();
    }

    /** The volumes of those that have an image. */
    List<Volume> volumes() {
        return here().stream().filter(here -> !here.missing()).map(Here::seen).toList();
    }

    /** Those of which nothing can be known. */
    List<Away> absent() {
        return standings.stream()
                .filter(Away.class::isInstance)
                .map(Away.class::cast)
                .toList();
    }

    /** Both. */
    Scene and(Scene other) {
        return new Scene(
                Stream.concat(standings.stream(), other.standings.stream()).toList());
    }

    void requireThere() {
        absent().stream().findFirst().ifPresent(away -> {
            throw new DriverException(NasStorage.ID, away.reason(), away.why().message());
        });
    }

    /** As whom to work on the images. */
    Optional<Owner> owner() {
        return Owner.common(here().stream().filter(here -> !here.missing()).map(Here::owner));
    }

    /** Their volumes by whom to work on their directories as. */
    Map<Optional<Owner>, List<Volume>> byKeeper() {
        return here().stream()
                .collect(Collectors.groupingBy(
                        Here::keeper, LinkedHashMap::new, Collectors.mapping(Here::seen, Collectors.toList())));
    }

    /** As whom to work on the directories. */
    Optional<Owner> keeper() {
        return Owner.common(here().stream().map(Here::keeper));
    }
}
