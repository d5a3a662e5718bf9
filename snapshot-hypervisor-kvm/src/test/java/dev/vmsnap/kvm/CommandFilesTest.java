package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.NodeFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@link CommandFiles}, run here through the line that the remote shell would get, under a lax umask. */
final class CommandFilesTest extends FilesContract {
    /** How many arguments come before the command that is bounded. */
    private static final int BOUND = 5;

    @TempDir
    Path directory;

    private final LocalCommands local = new LocalCommands();

    @Override
    NodeFiles files() {
        return new CommandFiles((arguments, input, timeout, limit) -> local.run(
                List.of("sh", "-c", "umask 000; " + SshCommands.remoteLine(arguments)), input, timeout, limit));
    }

    @Override
    Path directory() {
        return directory;
    }

    @Test
    void aFullStorageIsToldAndTheHalfFileRemoved() throws IOException {
        NodeFiles full = new CommandFiles((arguments, input, timeout, limit) -> {
            List<String> words = new ArrayList<>(arguments);
            words.replaceAll(
                    word -> "dd() { command dd \"$@\"; echo \"dd: error writing 'x': No space left on device\" >&2;"
                            + " return 1; }\n" + word);
            return local.run(
                    arguments.contains("cat") || arguments.size() <= BOUND + 2
                            ? arguments
                            : replaced(arguments, BOUND + 2, words.get(BOUND + 2)),
                    input,
                    timeout,
                    limit);
        });

        assertThatThrownBy(() -> full.write(directory + "/f", new byte[] {1}))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));

        assertThat(Files.list(directory)).isEmpty();
    }

    private static List<String> replaced(List<String> words, int index, String word) {
        List<String> changed = new ArrayList<>(words);
        changed.set(index, word);
        return changed;
    }

    @Test
    void aNodeThatIsGoneStaysAFailure() {
        NodeFiles gone = new CommandFiles((arguments, input, timeout, limit) -> {
            throw Failures.of(Reason.UNREACHABLE, "ssh");
        });

        assertThatThrownBy(() -> gone.read("/f")).isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> gone.fileSystem("/f")).isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> gone.mount("/f")).isInstanceOf(DriverException.class);
    }

    @Test
    void aCommandIsEndedWhereItRunsBeforeItIsGivenUpHere() {
        List<List<String>> ran = new ArrayList<>();
        NodeFiles files = new CommandFiles((arguments, input, timeout, limit) -> {
            assertThat(timeout).isGreaterThan(Duration.ofSeconds(Long.parseLong(arguments.get(BOUND - 1))));
            ran.add(arguments);
            return new ByteCommands.Output(0, new byte[0], new byte[0]);
        });

        assertThat(files.read("/f")).isPresent();
        files.write("/f", new byte[0]);
        files.delete("/f");

        assertThat(ran).allSatisfy(command -> assertThat(command.get(2)).startsWith("timeout -s KILL "));
    }

    @Test
    void aFileSystemThatDoesNotAnswerIsATimeout() {
        NodeFiles silent = new CommandFiles((arguments, input, timeout, limit) -> !arguments.contains("cat")
                ? local.run(List.of("sh", "-c", arguments.get(2), "sh", "0.1", "sleep", "30"), input, timeout, limit)
                : local.run(arguments, input, timeout, limit));

        assertThatThrownBy(() -> silent.read(directory + "/f"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT));
    }

    @Test
    void nothingButTheMountTableIsAskedAboutANetworkMount() {
        List<List<String>> ran = new ArrayList<>();
        NodeFiles files = new CommandFiles((arguments, input, timeout, limit) -> {
            ran.add(arguments.subList(BOUND, arguments.size()));
            return new ByteCommands.Output(
                    0,
                    ("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                                    + "2 1 0:40 / /nas rw,noatime - nfs4 10.0.0.1:/guests\\040of\\040web rw,hard,vers=4.2\n")
                            .getBytes(StandardCharsets.UTF_8),
                    new byte[0]);
        });

        assertThat(files.mount("/nas/dir/a.qcow2"))
                .contains(new NodeFiles.Mount(
                        "/nas",
                        "nfs4",
                        "10.0.0.1:/guests of web",
                        Set.of("rw", "noatime", "hard", "vers=4.2"),
                        "/dir/a.qcow2"));
        assertThat(ran).containsExactly(List.of("cat", MountTable.FILE));
    }
}
