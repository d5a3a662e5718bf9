package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ToolFailureTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Could not create snapshot 't': -28 (No space left on device) | NO_SPACE",
                "Could not create snapshot 't': -122 (Disk quota exceeded) | NO_SPACE",
                "Could not open '/a': Failed to get \"write\" lock | IN_USE",
                "Could not open '/a': No such file or directory | MISSING",
                "Could not open '/a/b': Not a directory | MISSING",
                "Could not open '/a': Permission denied | DENIED",
                "Could not open '/a': Read-only file system | DENIED",
                "Could not open '/a': Image is not in qcow2 format | BROKEN",
            })
    void theReasonIsReadFromWhatTheToolSaid(String said, Reason reason) {
        assertThat(failure("/a", said).reason()).isEqualTo(reason);
    }

    @Test
    void aPathThatSoundsLikeAReasonIsNone() {
        String path = "/No space left on device/Permission denied";
        String said = "qemu-img: Could not open '" + new ImageNode(path).qcow2() + "': Could not open '" + path
                + "': Image is not in qcow2 format";

        assertThat(failure(path, said).reason()).isEqualTo(Reason.BROKEN);
    }

    @Test
    void aMessageHoldsNoControlCharactersAndIsNotEndless() {
        DriverException failure = failure("/a\nb\u001b[31m", "x".repeat(100_000));

        assertThat(failure).hasMessageStartingWith("cannot read /a?b?[31m: x");
        assertThat(failure.getMessage()).hasSizeLessThan(600).doesNotContain("\n");
    }

    private static DriverException failure(String path, String said) {
        return ToolFailure.of("cannot read", new ImageNode(path), new Commands.Result(1, "", said));
    }
}
