package dev.vmsnap.storage.nas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.spi.NodeFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scripts for the records beside images, on this machine's own files. */
final class RecordFilesTest {
    private static final java.util.Set<java.nio.file.attribute.PosixFilePermission> PRIVATE =
            PosixFilePermissions.fromString("rwx------");

    @TempDir
    private Path directory;

    private final NodeFiles files = new RecordFiles(new FakeNas(), new Shell(), new Scene(List.of()), Optional.empty());

    @Test
    void aFileIsWrittenForItsOwnerOnlyAndReadAndReplacedAndDeleted() throws IOException {
        String path = directory + "/.vmsnap/a vm's.json";
        assertThat(files.read(path)).isEmpty();

        files.write(path, bytes("first ä"));
        files.write(path, bytes("second"));

        assertThat(files.read(path)).contains(bytes("second"));
        assertThat(permissions(path)).isEqualTo("rw-------");
        assertThat(permissions(directory + "/.vmsnap")).isEqualTo("rwx------");
        assertThat(names()).containsExactly("a vm's.json");
        files.delete(path);
        files.delete(path);
        assertThat(names()).isEmpty();
    }

    @Test
    void whatAProcessThatWasKilledHasLeftIsReplacedAndNotFollowed() throws IOException {
        Path ours = Files.createDirectory(directory.resolve(".vmsnap"));
        Path other = Files.createFile(directory.resolve("other"));
        Files.createSymbolicLink(ours.resolve(".vm.json.tmp"), other);

        files.write(ours + "/vm.json", bytes("records"));

        assertThat(other).isEmptyFile();
        assertThat(names()).containsExactly("vm.json");
        Files.createFile(ours.resolve(".vm.json.tmp"));
        files.delete(ours + "/vm.json");
        assertThat(names()).isEmpty();
    }

    @Test
    void aLinkThatOthersMayHaveMadeIsNotFollowedNorIsOneInPlaceOfTheRecords() throws IOException {
        Path target = Files.createDirectory(directory.resolve("target"));
        Path file = Files.writeString(target.resolve("vm.json"), "precious");
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.createSymbolicLink(open.resolve("link"), target);
        Files.createSymbolicLink(directory.resolve(".vmsnap"), target);

        for (String path : List.of(open + "/link/vm.json", directory + "/.vmsnap/vm.json")) {
            assertRefused(() -> files.write(path, bytes("x")));
            assertRefused(() -> files.read(path));
            assertRefused(() -> files.delete(path));
        }

        assertThat(file).hasContent("precious");
        assertThat(target).isDirectoryContaining(file::equals).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void aPipeInThePlaceOfAFileIsNotOpened() throws IOException {
        Files.createDirectory(directory.resolve(".vmsnap"), PosixFilePermissions.asFileAttribute(PRIVATE));
        new Shell().run(dev.vmsnap.spi.Commands.Command.of("mkfifo", directory + "/.vmsnap/vm.json"));

        assertRefused(() -> files.read(directory + "/.vmsnap/vm.json"));
    }

    private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(Reason.DENIED));
    }

    @Test
    void deletingWhereNothingIsSucceeds() {
        files.delete(directory + "/never/vm.json");

        assertThat(directory).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({
        "No space left on device, NO_SPACE",
        "Disk quota exceeded, NO_SPACE",
        "Permission denied, DENIED",
        "Read-only file system, DENIED",
        "Input/output error, BROKEN"
    })
    void aFailureTellsWhy(String said, Reason reason) {
        NodeFiles failing = new RecordFiles(
                new FakeNas(), command -> new Result(1, "", "dd: /x: " + said), new Scene(List.of()), Optional.empty());

        assertThatThrownBy(() -> failing.write("/mnt/nas/.vmsnap/vm.json", bytes("")))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(reason));
        assertThatThrownBy(() -> failing.read("/mnt/nas/.vmsnap/vm.json")).isInstanceOf(DriverException.class);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve(".vmsnap"))) {
            return all.map(path -> path.getFileName().toString()).toList();
        }
    }

    private static String permissions(String path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(path)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
