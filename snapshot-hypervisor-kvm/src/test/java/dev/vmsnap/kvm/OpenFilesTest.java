package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a process that has a file open and the arguments of a QEMU. */
final class OpenFilesTest {
    private final VmId vm = VmId.of(UUID.randomUUID().toString());
    private final OpenFiles files = new OpenFiles(new LocalCommands());

    @TempDir
    Path directory;

    private Path image;
    private Process process;

    @BeforeEach
    void openTheImage() throws IOException {
        image = Files.writeString(directory.resolve("it's an image.qcow2"), "x");
        process = new ProcessBuilder(
                        "sh", "-c", "exec 9<>\"$0\"; echo open; read -r end", image.toString(), "-uuid", vm.value())
                .start();
        assertThat(process.inputReader().readLine()).isEqualTo("open");
    }

    @AfterEach
    void end() {
        process.destroyForcibly();
    }

    private Map<String, String> detached() {
        return detached(vm, image);
    }

    private Map<String, String> detached(VmId of, Path path) {
        return files.compare(of, List.of(path.toString()), OpenFiles.BRIEF).detached();
    }

    @Test
    void aFileThatLiesAtItsPathIsNotDetached() {
        assertThat(detached()).isEmpty();
    }

    @Test
    void aFileBehindALinkIsNotDetached() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), image);

        assertThat(detached(vm, link)).isEmpty();
    }

    @Test
    void aRemovedFileIsDetached() throws IOException {
        Files.delete(image);

        assertThat(detached().get(image.toString()))
                .contains("no longer has a name")
                .contains("nothing lies at")
                .contains("copy it");
    }

    @Test
    void aFileInItsPlaceIsAnother() throws IOException {
        Files.move(image, directory.resolve("moved"));
        Files.writeString(image, "another");

        assertThat(detached().get(image.toString())).contains("another file lies at");
    }

    @Test
    void ofAVmThatNoProcessRunsNothingIsClaimed() throws IOException {
        Files.delete(image);

        assertThat(detached(VmId.of(UUID.randomUUID().toString()), image)).isEmpty();
    }

    @Test
    void readsHowManySnapshotsTheHeaderStates() throws IOException {
        byte[] header = new byte[104];
        header[62] = 1;
        header[63] = 2;
        Files.write(image, header);
        Path empty = Files.createFile(directory.resolve("empty"));

        assertThat(files.compare(vm, List.of(image.toString(), empty.toString()), OpenFiles.BRIEF)
                        .snapshots())
                .containsExactly(Map.entry(image.toString(), 258L));
    }

    @Test
    void aPipeAtThePathOfAnImageIsNotOpened() throws Exception {
        Path pipe = directory.resolve("pipe");
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();

        byte[] header = new byte[104];
        header[63] = 3;
        Files.write(image, header);

        assertThat(files.compare(vm, List.of(pipe.toString(), image.toString()), OpenFiles.BRIEF)
                        .snapshots())
                .containsExactly(Map.entry(image.toString(), 3L));
    }
}
