package dev.vmsnap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsChoiceTest {
    private static final SettingsChoice FULL =
            SettingsChoice.open().allowUsers(true).limit(5).allowRam(false);

    @Test
    void anOpenChoiceSaysNothing() {
        assertThat(SettingsChoice.open().allowUsers()).isEmpty();
        assertThat(SettingsChoice.open().limit()).isEmpty();
        assertThat(SettingsChoice.open().allowRam()).isEmpty();
    }

    @Test
    void theLaterWordWinsWhereItSaysSomething() {
        assertThat(FULL.and(SettingsChoice.open())).isEqualTo(FULL);
        assertThat(SettingsChoice.open().and(FULL)).isEqualTo(FULL);
        assertThat(FULL.and(SettingsChoice.open().limit(0))).isEqualTo(FULL.limit(0));
        assertThat(FULL.and(SettingsChoice.open().allowUsers(false))).isEqualTo(FULL.allowUsers(false));
        assertThat(FULL.and(SettingsChoice.open().allowRam(true))).isEqualTo(FULL.allowRam(true));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1001, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void aLimitIsBetweenZeroAndAThousand(int limit) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SettingsChoice.open().limit(limit));
        assertThatIllegalArgumentException().isThrownBy(() -> new SnapshotSettings(true, limit, true));
    }

    @Test
    void theBoundsThemselvesAreLimits() {
        assertThat(SettingsChoice.open().limit(0).limit()).contains(0);
        assertThat(SettingsChoice.open().limit(SnapshotSettings.HIGHEST_LIMIT).limit())
                .contains(1000);
    }

    @Test
    void theDefaultIsNoUsersThreeSnapshotsNoRam() {
        assertThat(SnapshotSettings.DEFAULT).isEqualTo(new SnapshotSettings(false, 3, false));
    }
}
