package dev.vmsnap.storage.lvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LvmFailureTest {

    /** As LVM 2.03.16 says it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NO_SPACE | Volume group \"vg\" has insufficient free space (3 extents): 5 required.",
                "NO_SPACE | Insufficient suitable allocatable extents for logical volume : 5 more required",
                "NO_SPACE | Free space in pool vg/tp is above threshold, new volumes are not allowed. Cannot create new"
                        + " thin volume, free space in thin pool vg/tp reached threshold.",
                "MISSING | Failed to find logical volume \"vg/a\"",
                "UNREACHABLE | Volume group \"vg\" not found",
                "UNREACHABLE | Cannot process volume group vg",
                "UNREACHABLE | Multiple VGs found with the same name: skipping vg",
                "UNREACHABLE | Volume group vg is exported",
                "BROKEN | /dev/vg/a: not found",
                "MISSING | Snapshot origin LV a not found in Volume group vg.",
                "IN_USE | Logical volume vg/a in use.",
                "IN_USE | Logical volume vg/a contains a filesystem in use.",
                "IN_USE | Logical volume vg/a is used by another device.",
                "IN_USE | LV locked by other host: vg/a",
                "IN_USE | VG vg lock failed: held by other host.",
                "UNREACHABLE | Cannot access VG vg due to failed lock.",
                "UNREACHABLE | LV vg/a lock failed: lockspace is inactive",
                "UNREACHABLE | VG vg lock failed: storage failed for sanlock leases",
                "DENIED | /run/lock/lvm/V_vg:aux: open failed: Permission denied",
                "BROKEN | Unable to merge invalidated snapshot LV vg/s1.",
                "BROKEN | Logical Volume \"s1\" already exists in volume group \"vg\""
            })
    void aPhraseTellsTheReason(Reason reason, String said) {
        DriverException failure = failure("  WARNING: Permission denied, not found, in use.\n  " + said + "\n");

        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.getMessage()).startsWith("cannot do it: " + said);
    }

    @Test
    void whoCannotHaveALockIsToldWhatHelps() {
        assertThat(failure("LV locked by other host: vg/a")).hasMessageContaining("fence");
        assertThat(failure("Cannot access VG vg due to failed lock.")).hasMessageContaining("--lockstart");
    }

    @Test
    void whatIsSaidIsFitToBeShown() {
        assertThat(failure("").getMessage()).isEqualTo("cannot do it: no reason given");
        assertThat(failure("  WARNING: only this\n").getMessage()).isEqualTo("cannot do it: WARNING: only this");
        assertThat(failure("a\u001b[31m\n b").getMessage()).isEqualTo("cannot do it: a?[31m; b");
        assertThat(failure("x".repeat(5000)).getMessage()).hasSizeLessThan(800).endsWith("...");
    }

    @Test
    void whatIsNoReportIsBroken() {
        for (String output :
                new String[] {"", "{", "[]", "null", "{\"report\":3}", "{\"report\":[{\"lv\":[{\"vg_name\":\"vg\"}]}]}"
                }) {
            assertThatThrownBy(() -> Report.parse(output)).isInstanceOf(DriverException.class);
        }
    }

    private static DriverException failure(String errors) {
        return LvmFailure.of("do it", new Commands.Result(5, "", errors));
    }
}
