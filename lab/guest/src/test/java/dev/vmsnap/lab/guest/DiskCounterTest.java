package dev.vmsnap.lab.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class DiskCounterTest {

    @Test
    void theCounterFollowsTheMagic() throws IOException {
        String dump = """
                00000200:  54 49 43 4b 29 01 00 f0 00 00 00 00 00 00 00 00  TICK............
                read 16/16 bytes at offset 512
                """;

        assertThat(DiskCounter.parse(dump)).hasValue(0xF0000129L);
    }

    @Test
    void withoutTheMagicThereIsNoCounter() throws IOException {
        assertThat(DiskCounter.parse("00000200:  78 2d 78 2d 78 2d 78 2d 78 2d 78 2d 78 2d 78 2d  x-x-x-x-x-x-x-x-\n"))
                .isEmpty();
    }

    @Test
    void aRecordReadAsBytesSaysTheSame() {
        byte[] record = {'T', 'I', 'C', 'K', 0x29, 0x01, 0x00, (byte) 0xF0, 0, 0};

        assertThat(DiskCounter.of(record)).hasValue(0xF0000129L);
        assertThat(DiskCounter.of(new byte[512])).isEmpty();
    }

    @Test
    void anythingElseIsAFailure() {
        assertThatIOException().isThrownBy(() -> DiskCounter.parse("read failed: Input/output error\n"));
    }
}
