package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StateTest {
    @ParameterizedTest
    @CsvSource({
        "0,0,OTHER,",
        "1,1,RUNNING,",
        "2,0,RUNNING,",
        "3,1,PAUSED,",
        "3,2,PAUSED,migration",
        "3,3,PAUSED,save",
        "3,5,PAUSED,",
        "3,8,OTHER,",
        "3,9,PAUSED,snapshot",
        "3,10,OTHER,",
        "4,0,OTHER,",
        "5,3,OFF,",
        "6,0,OTHER,",
        "7,0,OTHER,"
    })
    void mapsWhatLibvirtSays(int state, int reason, PowerState power, String job) {
        assertThat(new State(state, reason).power()).isEqualTo(power);
        assertThat(new State(state, reason).job().orElse(null)).isEqualTo(job);
    }
}
