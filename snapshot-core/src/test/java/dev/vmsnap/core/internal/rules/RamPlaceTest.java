package dev.vmsnap.core.internal.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RamPlaceTest {
    private static final Map<String, Set<Trait>> TRAITS = Map.of(
            "file", Set.of(Trait.IN_IMAGE, Trait.RAM_IN_IMAGE),
            "lvm", Set.of(Trait.HOLD_TO_CUT, Trait.RAM_BESIDE),
            "san", Set.of(Trait.HOLD_TO_CUT, Trait.RAM_BESIDE),
            "bare", Set.of());

    @Test
    void ramIsInsideTheImagesWhenEveryVolumeIsAnImage() {
        assertThat(RamPlace.of(List.of(on("file", "vda"), on("file", "vdb")), TRAITS))
                .hasValueSatisfying(place -> assertThat(place.beside()).isEmpty());
    }

    @Test
    void oneLogicalVolumeTakesTheRamOutOfTheImages() {
        assertThat(RamPlace.of(List.of(on("file", "vda"), on("lvm", "vdb")), TRAITS))
                .hasValueSatisfying(place -> assertThat(place.beside()).contains("lvm"));
    }

    @Test
    void ofTwoStoragesTheOneOfTheFirstVolumeKeepsTheRam() {
        assertThat(RamPlace.of(List.of(on("san", "vda"), on("lvm", "vdb")), TRAITS))
                .hasValueSatisfying(place -> assertThat(place.beside()).contains("san"));
    }

    @Test
    void anImageBesideAVolumeWithoutAPlaceHasNone() {
        assertThat(RamPlace.of(List.of(on("file", "vda"), on("bare", "vdb")), TRAITS))
                .isEmpty();
    }

    private static Volume on(String storage, String target) {
        return new Volume(target, "/x/" + target, "raw", StorageKind.OTHER, storage, OptionalLong.empty());
    }
}
