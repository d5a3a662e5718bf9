package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Memory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class DomainJobTest {
    private static final int ENTRY = 96;

    private static void put(Memory parameters, int index, String name, int type, long value) {
        byte[] text = (name + "\0").getBytes(StandardCharsets.US_ASCII);
        parameters.write((long) index * ENTRY, text, 0, text.length);
        parameters.setInt((long) index * ENTRY + 80, type);
        parameters.setLong((long) index * ENTRY + 88, value);
    }

    @Test
    void readsWhatLibvirtTells() {
        try (Memory parameters = new Memory(4 * ENTRY)) {
            parameters.clear();
            put(parameters, 0, "operation", 1, 6);
            put(parameters, 1, "time_elapsed", 4, 12345);
            put(parameters, 2, "data_processed", 4, 3L << 32);
            put(parameters, 3, "data_remaining", 4, 1L << 32);

            DomainJob job = DomainJob.of(2, parameters, 4);

            assertThat(job).isEqualTo(new DomainJob(2, 6, 3L << 32, 1L << 32));
            assertThat(job.savesRam()).isTrue();
            assertThat(job.fraction()).isEqualTo(0.75);
        }
    }

    @Test
    void nothingIsNoSaveAndNotDone() {
        assertThat(DomainJob.of(0, null, 0)).isEqualTo(DomainJob.NOTHING);
        assertThat(DomainJob.NOTHING.savesRam()).isFalse();
        assertThat(DomainJob.NOTHING.fraction()).isZero();
    }

    @Test
    void aMigrationToAnotherNodeIsNoSave() {
        assertThat(new DomainJob(2, 5, 1, 1).savesRam()).isFalse();
    }
}
