package dev.vmsnap.lab.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class BootSectorTest {
    @Test
    void aBiosTakesItForABootSector() {
        byte[] sector = BootSector.ticker(0);

        assertThat(sector).hasSize(512).endsWith(0x55, 0xAA).startsWith(0x31, 0xC0);
    }

    @Test
    void thePlaceOfThePartitionTableIsFree() {
        byte[] sector = BootSector.ticker(0xFFFF);

        assertThat(Arrays.copyOfRange(sector, 446, 510)).containsOnly(0);
    }

    @Test
    void theKeeperIsABootSectorToo() {
        byte[] sector = BootSector.keeper();

        assertThat(sector).hasSize(512).endsWith(0x55, 0xAA).startsWith(0x31, 0xC0);
        assertThat(Arrays.copyOfRange(sector, 446, 510)).containsOnly(0);
    }

    @Test
    void onlyTheParameterChangesWithTheRamToFill() {
        byte[] none = BootSector.ticker(0);
        byte[] some = BootSector.ticker(0x0234);
        int low = Arrays.mismatch(none, some);

        assertThat(some[low]).isEqualTo((byte) 0x34);
        assertThat(some[low + 1]).isEqualTo((byte) 0x02);
        some[low] = 0;
        some[low + 1] = 0;
        assertThat(some).isEqualTo(none);
    }

    @Test
    void moreRamThanTheParameterCanSayIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> BootSector.ticker(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> BootSector.ticker(0x10000));
    }
}
