package dev.vmsnap.lab.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ScribeGuestTest {
    private static final Path SYSTEM = Path.of("/cache/a&b");

    private static ScribeGuest scribe(String name, int disks) {
        return ScribeGuest.in(Path.of("/lab"), name, disks, SYSTEM);
    }

    @Test
    void theDomainBootsItsOwnSystemAndHasAChannelToTheAgent() {
        assertThat(scribe("scribe", 2).domainXml())
                .contains("<kernel>/cache/a&amp;b/vmlinuz</kernel>", "<initrd>/cache/a&amp;b/scribe</initrd>")
                .contains("<target type='virtio' name='org.qemu.guest_agent.0'/>")
                .contains("/lab/scribe-vda.qcow2", "/lab/scribe-vdb.qcow2")
                .containsSubsequence("/lab/scribe.log", "/lab/scribe.sock", "<target port='1'/>");
    }

    @Test
    void whatCannotBeAScribeIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> scribe("a/b", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> scribe("scribe", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> scribe("scribe", 4));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scribe("scribe", 1).onFreeze("echo 'x'", Duration.ofSeconds(1)));
    }
}
