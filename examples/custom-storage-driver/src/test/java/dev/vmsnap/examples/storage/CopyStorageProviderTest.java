package dev.vmsnap.examples.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.vmsnap.spi.DriverProvider;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

final class CopyStorageProviderTest {
    @Test
    void theServiceLoaderFindsIt() {
        DriverProvider found =
                ServiceLoader.load(DriverProvider.class).findFirst().orElseThrow();

        assertThat(found.open(Map.of("directory", "/vm/disks")).id()).isEqualTo(found.id());
    }

    @Test
    void aSettingThatItDoesNotKnowIsAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CopyStorageProvider().open(Map.of("directory", "/vm/disks", "colour", "red")))
                .withMessageContaining("colour");
    }
}
