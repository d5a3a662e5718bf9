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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateFilesTest {
    @TempDir
    Path directory;

    private final StateFiles files =
            new StateFiles(new LocalCommands(), new LocalFiles(java.nio.file.FileSystems.getDefault()));

    private Path file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private List<String> left() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(path -> path.getFileName().toString()).toList();
        }
    }

    @Test
    void aFileThatIsReplacedKeepsItsModeAndNothingElseIsLeft() throws IOException {
        Path file = file("it's <v> & \"more\"", "old");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

        files.write(file.toString(), bytes("new"));

        assertThat(file).hasContent("new");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        assertThat(left()).containsExactly("it's <v> & \"more\"");
    }

    @Test
    void behindALinkTheFileIsReplacedAndTheLinkStays() throws IOException {
        Path file = file("file", "old");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);

        files.write(link.toString(), bytes("new"));

        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent("new");
    }

    @Test
    void aFileThatIsNotThereIsMadeForItsOwnerAlone() throws IOException {
        Path file = directory.resolve("new");

        files.write(file.toString(), bytes("x"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(left()).containsExactly("new");
    }

    @Test
    void directoriesAreNotMadeOrRemovedBehindALinkThatOthersMayHaveMade() throws IOException {
        Path target = Files.createDirectory(directory.resolve("target"));
        Path empty = Files.createDirectory(target.resolve("empty"));
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path link = Files.createSymbolicLink(open.resolve("link"), target);

        assertThatThrownBy(() -> files.makeDirectories(link + "/outer", link + "/outer/inner"))
                .hasMessageContaining("symbolic link");
        assertThatThrownBy(() -> files.removeDirectory(link + "/empty")).hasMessageContaining("symbolic link");

        assertThat(target).isDirectoryContaining(empty::equals).isDirectoryNotContaining("glob:**outer");
    }

    @Test
    void theBitsByWhichAProgramGetsRightsAreNeverKept() throws IOException {
        Path file = file("v", "old");
        new LocalCommands().run(dev.vmsnap.spi.Commands.Command.of("chmod", "6755", file.toString()));

        files.write(file.toString(), bytes("new"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r--r--");
        assertThat(new LocalCommands()
                        .run(dev.vmsnap.spi.Commands.Command.of("stat", "-c", "%a", file.toString()))
                        .output()
                        .strip())
                .isEqualTo("644");
    }

    @Test
    void whatCannotBeReplacedStaysAsItIsAndNothingElseIsLeft() throws IOException {
        Files.createDirectories(directory.resolve("d/inside"));

        assertThatThrownBy(() -> files.write(directory.resolve("d").toString(), bytes("x")))
                .isInstanceOf(DriverException.class);

        assertThat(left()).containsExactly("d");
        assertThat(directory.resolve("d/inside")).isDirectory();
    }

    @Test
    void whatIsNotThereIsEmptyAndRemoved() throws IOException {
        String none = directory.resolve("none").toString();

        assertThat(files.exists(none)).isFalse();
        assertThat(files.read(none)).isEmpty();
        files.remove(none);
        files.removeDirectory(none);
    }

    @Test
    void aDirectoryIsNoFileToRead() {
        assertThatThrownBy(() -> files.read(directory.toString())).hasMessageContaining("is no file");
    }

    @Test
    void aDirectoryInWhichSomethingElseIsStays() throws IOException {
        String inner = directory.resolve("a/b/c").toString();
        files.makeDirectories(directory.resolve("a/b").toString(), inner);
        files.makeDirectories(directory.resolve("a/b").toString(), inner);
        Files.writeString(Path.of(inner, "other"), "x");

        files.removeDirectory(inner);

        assertThat(Path.of(inner)).isDirectory();
        Files.delete(Path.of(inner, "other"));
        files.removeDirectory(inner);
        assertThat(Path.of(inner)).doesNotExist();
    }

    @Test
    void aFileThatIsBeingWrittenIsReadUntilItStandsStill() throws IOException {
        String path = file("v", "").toString();

        assertThat(changing("half", "whole", "whole").read(path))
                .hasValueSatisfying(read -> assertThat(read).isEqualTo(bytes("whole")));
        assertThatThrownBy(() -> changing("1", "2", "3", "4", "5", "6", "7").read(path))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.IN_USE));
    }

    /** A file that reads differently each time. */
    private static StateFiles changing(String... contents) {
        Iterator<String> next = List.of(contents).iterator();
        NodeFiles real = new LocalFiles(java.nio.file.FileSystems.getDefault());
        return new StateFiles(new LocalCommands(), new NodeFiles() {
            @Override
            public Optional<byte[]> read(String path) {
                return Optional.of(bytes(next.next()));
            }

            @Override
            public void write(String path, byte[] content) {
                real.write(path, content);
            }

            @Override
            public void delete(String path) {
                real.delete(path);
            }

            @Override
            public Optional<FileSystem> fileSystem(String path) {
                return real.fileSystem(path);
            }
        });
    }
}
