package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.NodeFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@link SshFiles}, run here through the line that the remote shell would get, under a lax umask. */
final class SshFilesTest extends FilesContract {
    @TempDir
    Path directory;

    private final LocalCommands local = new LocalCommands();

    @Override
    NodeFiles files() {
        return new SshFiles((arguments, input, timeout, limit) -> local.run(
                List.of("sh", "-c", "umask 000; " + SshCommands.remoteLine(arguments)), input, timeout, limit));
    }

    @Override
    Path directory() {
        return directory;
    }

    @Test
    void aFullStorageIsToldAndTheHalfFileRemoved() {
        List<List<String>> ran = new ArrayList<>();
        NodeFiles full = new SshFiles((arguments, input, timeout, limit) -> {
            ran.add(arguments);
            boolean fails = arguments.get(0).equals("dd");
            return new ByteCommands.Output(
                    fails ? 1 : 0,
                    new byte[0],
                    (fails ? "dd: error writing 'x': No space left on device" : "").getBytes(StandardCharsets.UTF_8));
        });

        assertThatThrownBy(() -> full.write("/d/f", new byte[] {1}))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));

        List<String> last = ran.get(ran.size() - 1);
        assertThat(last).startsWith("rm", "-f", "--");
        assertThat(ran).filteredOn(command -> command.get(0).equals("dd")).allSatisfy(dd -> assertThat(dd)
                .contains("of=" + last.get(3)));
        assertThat(ran).noneMatch(command -> command.get(0).equals("mv"));
    }

    @Test
    void aNodeThatIsGoneStaysAFailure() {
        NodeFiles gone = new SshFiles((arguments, input, timeout, limit) -> {
            throw Failures.of(Reason.UNREACHABLE, "ssh");
        });

        assertThatThrownBy(() -> gone.read("/f")).isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> gone.fileSystem("/f")).isInstanceOf(DriverException.class);
    }

    @Test
    void mountsWithSpacesAreRead() {
        NodeFiles files = new SshFiles((arguments, input, timeout, limit) -> new ByteCommands.Output(
                0,
                "      Avail Type Mounted on\n  123456 nfs4 /mnt/my nas\n".getBytes(StandardCharsets.UTF_8),
                new byte[0]));

        assertThat(files.fileSystem("/mnt/my nas/x")).contains(new NodeFiles.FileSystem("/mnt/my nas", "nfs4", 123456));
    }

    @Test
    void commandsHaveALimitOfTime() {
        NodeFiles files = new SshFiles((arguments, input, timeout, limit) -> {
            assertThat(timeout).isPositive().isLessThanOrEqualTo(Duration.ofMinutes(5));
            return new ByteCommands.Output(0, new byte[0], new byte[0]);
        });

        assertThat(files.read("/f")).isPresent();
    }
}
