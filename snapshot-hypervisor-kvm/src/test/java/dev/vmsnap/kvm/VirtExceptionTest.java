package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VirtExceptionTest {
    @ParameterizedTest
    @CsvSource({
        "1,internal error: No space left on device,NO_SPACE",
        "9,Disk quota exceeded,NO_SPACE",
        "9,Failed to take snapshot: Input/output error,BROKEN",
        "38,Failed to connect socket to '/x': Permission denied,DENIED",
        "45,authentication failed,DENIED",
        "88,access denied,DENIED",
        "68,Timed out during operation: cannot acquire state change lock,TIMEOUT",
        "42,Domain not found,MISSING",
        "72,no snapshot,MISSING",
        "87,busy,IN_USE",
        "86,Guest agent is not responding,TIMEOUT",
        "112,Guest agent did not respond in time,TIMEOUT",
        "74,QEMU guest agent is not configured,BROKEN",
        "55,not running,BROKEN"
    })
    void saysWhatKindOfFailureItIs(int code, String message, Reason reason) {
        DriverException failure = new VirtException(code, message, false).during("save");

        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.driver()).isEqualTo("kvm");
        assertThat(failure).hasMessage("save: " + message);
    }

    @Test
    void whatQemuQuotesOfDamagedRamIsNotPassedOn() {
        VirtException failure = new VirtException(
                        1,
                        "internal error: qemu unexpectedly closed the monitor: Can't find block s3cret-of-the-guest\n"
                                + "qemu-system-x86_64: Illegal RAM offset 4d71dcb5cea2b000\n"
                                + "qemu-system-x86_64: error while loading state for instance 0x0 of device 'ram'\n"
                                + "qemu-system-x86_64: load of migration failed: Invalid argument",
                        true)
                .withoutGuestData();

        assertThat(failure)
                .hasMessage("QEMU could not load the saved RAM: error while loading state for instance 0x0 of device"
                        + " 'ram'; load of migration failed: Invalid argument");
        assertThat(failure.code()).isEqualTo(1);
        assertThat(failure.lost()).isTrue();
    }

    @Test
    void whatLibvirtItselfSaysIsPassedOn() {
        VirtException failure = new VirtException(9, "operation failed: save image is incomplete", false);

        assertThat(failure.withoutGuestData()).isSameAs(failure);
        assertThat(new VirtException(1, "qemu unexpectedly closed the monitor", false).withoutGuestData())
                .hasMessage("QEMU could not load the saved RAM");
    }

    @ParameterizedTest
    @CsvSource({
        "Cannot find 'ssh' in path: No such file or directory,openssh-client",
        "Cannot recv data: libvirt:  error : cannot execute binary /no/such/ssh: No such file or directory: Connection"
                + " reset by peer,/no/such/ssh",
        "Cannot recv data: sh: 1: nc: not found: Connection reset by peer,netcat-openbsd",
        "Cannot recv data: bash: line 1: nc: command not found: Connection reset by peer,netcat-openbsd",
        "End of file while reading data: sh: nc: not found: Input/output error,netcat-openbsd"
    })
    void aWayThatLacksAProgramNamesItsPackage(String message, String named) {
        DriverException failure = new VirtException(38, message, false).whileConnecting("qemu+ssh://h/system");

        assertThat(failure.reason()).isEqualTo(Reason.TOOL_MISSING);
        assertThat(failure).hasMessageContaining(named);
    }

    @Test
    void aHostThatIsNotFoundIsUnreachable() {
        String message = "Cannot recv data: ssh: Could not resolve hostname nc: Name or service not known";

        assertThat(new VirtException(38, message, false).whileConnecting("u").reason())
                .isEqualTo(Reason.UNREACHABLE);
    }

    @Test
    void onlyLibvirtsOwnAnswerSaysThatThereIsNoDomain() {
        assertThat(VirtException.saysNoDomain(new VirtException(42, "Domain not found", false).during("find")))
                .isTrue();
        assertThat(VirtException.saysNoDomain(new VirtException(42, "Domain not found", true).during("find")))
                .isFalse();
        assertThat(VirtException.saysNoDomain(new VirtException(72, "no snapshot", false).during("find")))
                .isFalse();
        assertThat(VirtException.saysNoDomain(Failures.of(Reason.MISSING, "no program")))
                .isFalse();
    }

    @Test
    void aLostConnectionIsUnreachableWhateverTheCode() {
        VirtException failure = new VirtException(1, "client socket is closed", false).onLostConnection();

        assertThat(failure.lost()).isTrue();
        assertThat(failure.during("x").reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(new VirtException(38, "Connection refused", false)
                        .whileConnecting("u")
                        .reason())
                .isEqualTo(Reason.UNREACHABLE);
    }
}
