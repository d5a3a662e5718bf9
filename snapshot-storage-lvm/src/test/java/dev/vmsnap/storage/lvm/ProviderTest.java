package dev.vmsnap.storage.lvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.vmsnap.spi.DriverProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

final class ProviderTest {
    private final DriverProvider provider = new LvmStorageProvider();

    @Test
    void itIsFound() {
        assertThat(ServiceLoader.load(DriverProvider.class)).anyMatch(found -> found instanceof LvmStorageProvider);
        assertThat(provider.id()).isEqualTo("lvm");
    }

    @Test
    void itOpensTheDriverAsItIsTold() {
        assertThat(provider.open(Map.of("groups", "vg_a, vg_b", "sharedGroups", "vg_san", "snapshotSize", "20")))
                .hasToString("LvmStorage[vg_a, vg_b, vg_san]");
        assertThat(provider.open(Map.of("sharedGroups", "vg_san", "timeout", "PT1M", "deadline", "PT5S")))
                .hasToString("LvmStorage[vg_san]");
    }

    @Test
    void itRefusesWhatItDoesNotKnow() {
        for (Map<String, String> wrong : List.of(
                Map.<String, String>of(),
                Map.of("groups", " "),
                Map.of("groups", "a b"),
                Map.of("groups", "vg,vg"),
                Map.of("groups", "vg", "sharedGroups", "vg"),
                Map.of("groups", "vg", "snapshotSize", "much"),
                Map.of("groups", "vg", "snapshotSize", "0"),
                Map.of("groups", "vg", "timeout", "soon"),
                Map.of("groups", "vg", "timeout", "PT0S"),
                Map.of("groups", "vg", "deadline", "PT-1S"),
                Map.of("groups", "vg", "Groups", "vg"))) {
            assertThatIllegalArgumentException().as("%s", wrong).isThrownBy(() -> provider.open(wrong));
        }
    }

    @Test
    void theDriverItselfRefusesToo() {
        assertThatIllegalArgumentException().isThrownBy(() -> LvmStorage.inVolumeGroup("-vg"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LvmStorage.inVolumeGroup("vg").andSharedVolumeGroup("vg"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LvmStorage.inVolumeGroup("vg").withTimeout(Duration.ZERO));
    }
}
