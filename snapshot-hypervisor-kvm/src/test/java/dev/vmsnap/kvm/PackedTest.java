package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PackedTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 540_672})
    void whatIsPackedIsUnpacked(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);

        assertThat(Packed.unpack(Packed.pack(bytes))).isEqualTo(bytes);
    }

    @Test
    void anEmptyStoreOfVariablesTakesLittle() {
        assertThat(Packed.pack(new byte[540_672])).hasSizeLessThan(1000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no Base64 !", "AAAA", "H4sIAAAAAAAA"})
    void whatIsDamagedIsAFailure(String text) {
        assertThatThrownBy(() -> Packed.unpack(text))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BROKEN));
    }

    @Test
    void whatIsLargerThanASmallFileIsAFailure() {
        String text = Packed.pack(new byte[LocalFiles.LARGEST + 1]);

        assertThatThrownBy(() -> Packed.unpack(text)).hasMessageContaining("larger than");
    }
}
