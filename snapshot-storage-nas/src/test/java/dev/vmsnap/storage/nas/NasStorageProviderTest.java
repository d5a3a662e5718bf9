package dev.vmsnap.storage.nas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.spi.DriverProvider;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.StorageDriver.Trait;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NasStorageProviderTest {
    private final NasStorageProvider provider = new NasStorageProvider();

    @Test
    void itIsFoundForItsId() {
        assertThat(ServiceLoader.load(DriverProvider.class))
                .filteredOn(found -> found.id().equals("nas"))
                .hasSize(1)
                .allSatisfy(found -> assertThat(found.open(Map.of()).id()).isEqualTo("nas"));
    }

    @Test
    void everySettingIsHeard() {
        FakeNas nas = new FakeNas();
        var disk = nas.disk("vda").at("gone:/export/a");
        nas.type = "cifs";
        StorageDriver driver = provider.open(Map.of(
                "types", "cifs, smb3",
                "sameExports", "old:/export=" + FakeNas.EXPORT + ",x:/y=z:/y",
                "abandoned", "gone:/export",
                "moving", "true",
                "timeout", "PT1M",
                "deadline", "PT2S"));

        assertThat(driver.traits()).contains(Trait.PORTABLE);
        assertThat(driver.inspect(List.of(disk, disk.at("old:/export/vm/vda.qcow2")), nas.call()))
                .noneMatch(state -> state.isUnknown());
        assertThat(provider.open(Map.of("moving", "false", "types", "")).traits())
                .doesNotContain(Trait.PORTABLE);
    }

    @ParameterizedTest
    @CsvSource({
        "sameExports, a:/b",
        "sameExports, =a:/b",
        "types, ext4",
        "moving, yes",
        "timeout, 5",
        "timeout, PT0S",
        "deadline, PT-1S",
        "unheard, x"
    })
    void aSettingThatMakesNoSenseIsRefused(String key, String value) {
        assertThatThrownBy(() -> provider.open(Map.of(key, value))).isInstanceOf(IllegalArgumentException.class);
    }
}
