package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process of the command line prints beside its results, with a node that does not answer. */
final class StandardErrorTest {
    @TempDir
    private Path directory;

    @Test
    void aNodeThatDoesNotAnswerIsOneLineWithoutATrace() throws Exception {
        String printed = errors("vms");

        assertThat(printed.lines().filter(line -> !line.contains("so a new store was made, which knows no snapshot")))
                .hasSizeLessThanOrEqualTo(1);
        assertThat(printed).doesNotContain("Exception", "\tat ");
    }

    @Test
    void aStoreThatIsNamedButNotThereIsSaidOnce() throws Exception {
        assertThat(errors("vms")).containsOnlyOnce("snapshots.db was not there, so a new store was made");
        assertThat(errors("vms")).doesNotContain("so a new store was made");
    }

    @Test
    void whatIsNoNodeIsAUsageErrorBeforeTheStoreIsMade() throws Exception {
        Path store = directory.resolve("none.db");

        assertThat(errors("vms", "--connect", "foo", "--store", store.toString()))
                .contains("usage: ", "not a libvirt URI of a KVM node: foo");
        assertThat(store).doesNotExist();
    }

    @Test
    void aProbeWithAPlaceWhereNoStoreCanBeIsAUsageError() throws Exception {
        String printed = errors("probe", "--connect", "qemu:///system?socket=/nowhere", "--store", "/proc/none/x.db");

        assertThat(printed).startsWith("usage: --store: ").doesNotContain("note: ");
        assertThat(directory.resolve("results")).isEmptyFile();
    }

    private String errors(String... arguments) throws IOException, InterruptedException {
        Path errors = directory.resolve("errors");
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Vmsnap.class.getName()));
        if (Runtime.version().feature() >= 22) {
            command.add(1, "--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of(arguments));
        if (!command.contains("--connect")) {
            command.addAll(List.of("--connect", "qemu:///system?socket=" + directory.resolve("nowhere")));
            command.addAll(List.of("--store", directory.resolve("snapshots.db").toString()));
        }
        Process process = new ProcessBuilder(command)
                .redirectError(errors.toFile())
                .redirectOutput(directory.resolve("results").toFile())
                .start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return Files.readString(errors, StandardCharsets.UTF_8);
    }
}
