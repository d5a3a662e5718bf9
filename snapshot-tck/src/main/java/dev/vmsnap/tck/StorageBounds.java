package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vmsnap.DriverException;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Rebuilding;
import dev.vmsnap.spi.StorageDriver.Trait;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The places to which a storage driver is not led by those who own a directory or have made an image. */
abstract class StorageBounds extends StorageRecords {

    @Test
    @DisplayName("publish: a link in the place of the copy is not followed, and is no obstacle once it is gone")
    final void aLinkInThePlaceOfTheCopyIsNotFollowed() {
        Volume volume = newVolume("vda", "v1");
        Optional<StorageLab.Foreign> foreign = lab().linkRecords(volume);
        assumeTrue(foreign.isPresent(), "the lab does not claim to put a link in the place of the copy");

        try {
            StorageLab.Foreign there = foreign.get();
            leftAlone(there, () -> publish(List.of(volume), recordOf(VM, List.of(volume), FIRST)));
            leftAlone(there, () -> publish(List.of(volume), recordOf(VM, List.of(volume))));
            if (driver() instanceof Rebuilding rebuilding) {
                leftAlone(there, () -> rebuilding.published(List.of(volume), call(volume)));
            }
            leftAlone(there, () -> driver().inspect(List.of(volume), call(volume)));
        } finally {
            foreign.get().remove();
        }
        publish(List.of(volume), recordOf(VM, List.of(volume), FIRST));
        assertThat(lab().published(VM)).isPresent();
    }

    @Test
    @DisplayName("inspect: a layer that only an image names is opened with the rights of the VM alone")
    final void aLayerThatOnlyAnImageNamesIsOpenedWithTheRightsOfTheVm() {
        assumeTrue(driver().traits().contains(Trait.IN_IMAGE), "the driver does not claim to keep snapshots in images");
        Volume volume = newVolume("vda", "v1");
        Optional<StorageLab.Foreign> foreign = lab().baseOnClosedFile(volume);
        assumeTrue(foreign.isPresent(), "the lab does not claim to base an image on a file that the VM may not read");

        try {
            leftAlone(foreign.get(), () -> driver().inspect(List.of(volume), call(volume)));
            leftAlone(foreign.get(), () -> driver().examine(List.of(volume), call(volume)));
        } finally {
            foreign.get().remove();
        }
    }

    /** Does what may be refused, and touches nothing foreign. */
    private static void leftAlone(StorageLab.Foreign foreign, Runnable verb) {
        try {
            verb.run();
        } catch (DriverException refused) {
            assertThat(refused.reason()).as("why").isNotNull();
        }
        assertThat(foreign.isTouched()).as("whether the driver was led away").isFalse();
    }
}
