package dev.vmsnap.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.vmsnap.spi.DriverProvider;
import dev.vmsnap.spi.StorageDriver;
import java.time.Duration;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

final class FileStorageProviderTest {

    @Test
    void theServiceLoaderFindsIt() {
        assertThat(ServiceLoader.load(DriverProvider.class))
                .filteredOn(provider -> provider.id().equals("file"))
                .singleElement()
                .satisfies(provider -> {
                    StorageDriver driver = provider.open(Map.of("timeout", "PT10M", "deadline", "PT5S"));
                    assertThat(driver.id()).isEqualTo("file");
                    assertThat(driver.traits())
                            .containsExactlyInAnyOrder(
                                    StorageDriver.Trait.IN_IMAGE,
                                    StorageDriver.Trait.RAM_IN_IMAGE,
                                    StorageDriver.Trait.PORTABLE,
                                    StorageDriver.Trait.CLONE,
                                    StorageDriver.Trait.BITMAP_REMOVAL,
                                    StorageDriver.Trait.REBUILD);
                });
    }

    @Test
    void wrongSettingsAreErrors() {
        FileStorageProvider provider = new FileStorageProvider();

        assertThatIllegalArgumentException().isThrownBy(() -> provider.open(Map.of("color", "blue")));
        assertThatIllegalArgumentException().isThrownBy(() -> provider.open(Map.of("timeout", "soon")));
        assertThatIllegalArgumentException().isThrownBy(() -> provider.open(Map.of("timeout", "PT0S")));
        assertThatIllegalArgumentException().isThrownBy(() -> provider.open(Map.of("deadline", "PT0S")));
        assertThatIllegalArgumentException().isThrownBy(() -> new FileStorage().withTimeout(Duration.ofSeconds(-1)));
    }
}
