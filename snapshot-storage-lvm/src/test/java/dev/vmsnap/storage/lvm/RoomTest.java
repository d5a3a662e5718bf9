package dev.vmsnap.storage.lvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RoomTest {
    private static final long MIB = 1 << 20;
    private static final VolumeGroup GROUP = new VolumeGroup("vg", "uuid", "wz--n-", "", 4 * MIB, 0);

    /** As "lvcreate -s -l 100%ORIGIN" of LVM 2.03.16 made them. */
    @ParameterizedTest
    @CsvSource({"4, 2", "8, 3", "16, 5", "32, 9", "128, 33", "512, 129", "1024, 258"})
    void fullRoomIsWhatLvmGivesAtMost(long volumeMib, long extents) {
        assertThat(Room.FULL.extents(volumeMib * MIB, GROUP)).isEqualTo(extents);
        assertThat(Room.suffices(extents * 4 * MIB, volumeMib * MIB)).isTrue();
        assertThat(Room.suffices((extents - 1) * 4 * MIB, volumeMib * MIB)).isFalse();
    }

    @Test
    void smallerRoomIsRoundedUpAndNeverMoreThanFull() {
        assertThat(new Room(20).extents(512 * MIB, GROUP)).isEqualTo(26);
        assertThat(new Room(1).extents(4 * MIB, GROUP)).isEqualTo(1);
        assertThat(new Room(99).extents(4 * MIB, GROUP)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 101})
    void roomIsOneToAHundredPercent(int percent) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Room(percent));
    }
}
