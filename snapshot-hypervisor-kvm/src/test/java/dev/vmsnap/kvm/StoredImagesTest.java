package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.ImageInfo;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoredImagesTest {
    @TempDir
    private Path directory;

    private final List<String> words = new ArrayList<>();

    private StoredImages answering(int exitCode, String output, String errors) {
        return new StoredImages(command -> {
            words.addAll(command.arguments());
            return new Commands.Result(exitCode, output, errors);
        });
    }

    @Test
    void readsWhatTheFileHolds() {
        StoredImages.Stored stored = answering(
                        0, "{\"virtual-size\": 42, \"snapshots\": [{\"name\": \"s\", \"vm-state-size\": 7}]}", "")
                .read("/vm/a.qcow2", false);

        assertThat(stored.virtualBytes()).isEqualTo(42);
        assertThat(stored.snapshots()).containsExactly(new ImageInfo.Entry("s", 7));
        assertThat(stored.holds("s")).isTrue();
        assertThat(stored.holds("t")).isFalse();
    }

    @Test
    void anImageWithoutSnapshotsHoldsNone() {
        assertThat(answering(0, "{\"virtual-size\": 42}", "")
                        .read("/vm/a.qcow2", false)
                        .snapshots())
                .isEmpty();
    }

    @Test
    void statesTheFormatAndPassesThePageCacheByFirst() {
        answering(0, "{}", "").read("/vm/it's \"a\".qcow2", false);

        assertThat(words)
                .contains(
                        "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\"/vm/it's \\\"a\\\".qcow2\",\"cache\":{\"direct\":true}}}",
                        "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\"/vm/it's \\\"a\\\".qcow2\"}}");
    }

    @Test
    void aDeviceIsOpenedAsOne() {
        answering(0, "{}", "").read("/dev/vg/a", true);

        assertThat(words).anyMatch(word -> word.contains("\"driver\":\"host_device\""));
    }

    @Test
    void whatCannotBeReadIsAFailure() {
        assertThatThrownBy(() -> answering(1, "", "qemu-img: /vm/a: Permission denied\nmore\n")
                        .read("/vm/a", false))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                .hasMessage("cannot read image /vm/a: qemu-img: /vm/a: Permission denied");
        assertThatThrownBy(() -> answering(1, "", "env: 'qemu-img': No such file or directory")
                        .read("/vm/a", false))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOOL_MISSING));
        assertThatThrownBy(() -> answering(137, "", "").read("/vm/a", false)).hasMessageContaining("no answer");
        assertThatThrownBy(() -> answering(0, "nonsense", "").read("/vm/a", false))
                .isInstanceOf(DriverException.class);
    }

    @Test
    void whatIsNoFileOrKeepsItsDataElsewhereIsNotOpened() throws Exception {
        Path pipe = directory.resolve("pipe");
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
        ByteBuffer header = ByteBuffer.allocate(4096).putInt(0x514649fb).putInt(3);
        Path external = Files.write(
                directory.resolve("it's external"), header.putLong(72, 4).array());
        StoredImages real = new StoredImages(new LocalCommands());

        assertThatThrownBy(() -> real.read(pipe.toString(), false)).hasMessageContaining("neither a regular file");
        assertThatThrownBy(() -> real.read(directory.toString(), false)).hasMessageContaining("neither a regular file");
        assertThatThrownBy(() -> real.read(external.toString(), false)).hasMessageContaining("external file");
    }
}
