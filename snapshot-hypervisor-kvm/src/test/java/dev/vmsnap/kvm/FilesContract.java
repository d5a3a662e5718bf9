package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.spi.NodeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What must be true of small files, however they are reached. */
abstract class FilesContract {
    abstract NodeFiles files();

    /** An empty directory. */
    abstract Path directory();

    private String path(String name) {
        return directory().resolve(name).toString();
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void whatIsWrittenIsRead() {
        byte[] anything = new byte[100_000];
        for (int i = 0; i < anything.length; i++) {
            anything[i] = (byte) (i * 7);
        }

        files().write(path("f"), anything);

        assertThat(files().read(path("f")))
                .hasValueSatisfying(read -> assertThat(read).isEqualTo(anything));
        files().write(path("f"), new byte[0]);
        assertThat(files().read(path("f")))
                .hasValueSatisfying(read -> assertThat(read).isEmpty());
    }

    @Test
    void onlyTheOwnerReadsFilesAndNewDirectories() throws IOException {
        files().write(path("new/it's $(a) b"), new byte[] {1});

        assertThat(mode(directory().resolve("new"))).isEqualTo("rwx------");
        assertThat(mode(directory().resolve("new/it's $(a) b"))).isEqualTo("rw-------");
    }

    @Test
    void aFileThatOthersCouldReadIsReplacedByOneThatTheyCannot() throws IOException {
        Path file = Files.write(directory().resolve("f"), new byte[] {1});
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

        files().write(path("f"), new byte[] {2});

        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(Files.readAllBytes(file)).containsExactly(2);
    }

    @Test
    void nothingTemporaryIsLeft() throws IOException {
        files().write(path("f"), new byte[] {1});
        Files.createDirectories(directory().resolve("d/inside"));
        assertThatThrownBy(() -> files().write(path("d"), new byte[] {1}))
                .isInstanceOf(dev.vmsnap.DriverException.class);

        try (Stream<Path> left = Files.list(directory())) {
            assertThat(left.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("f", "d");
        }
    }

    @Test
    void aParentTwoLevelsUpIsNotMade() {
        assertThatThrownBy(() -> files().write(path("a/b/c"), new byte[] {1}))
                .isInstanceOf(dev.vmsnap.DriverException.class);
    }

    @Test
    void whatIsNotThereIsEmptyAndDeleted() {
        assertThat(files().read(path("none"))).isEmpty();
        assertThat(files().read(path("none/none"))).isEmpty();
        files().delete(path("none"));
        files().delete(path("none/none"));
        files().write(path("f"), new byte[] {1});
        files().delete(path("f"));
        files().delete(path("f"));
        assertThat(files().read(path("f"))).isEmpty();
    }

    @Test
    void tellsTheFileSystemAlsoOfWhatIsToCome() {
        NodeFiles.FileSystem here = files().fileSystem(directory().toString()).orElseThrow();

        assertThat(directory().toString()).startsWith(here.mount());
        assertThat(here.type()).isNotBlank();
        assertThat(here.freeBytes()).isPositive();
        assertThat(files().fileSystem(path("none")).orElseThrow().mount()).isEqualTo(here.mount());
        assertThat(files().fileSystem(path("none/none"))).isEmpty();
    }

    @Test
    void tellsTheMountAlsoOfWhatIsToCome() throws IOException {
        NodeFiles.FileSystem here = files().fileSystem(directory().toString()).orElseThrow();
        Files.createDirectories(directory().resolve("d/inside"));
        Files.createSymbolicLink(directory().resolve("link"), directory().resolve("d"));
        Files.createSymbolicLink(
                directory().resolve("relative"), directory().getFileSystem().getPath("d/inside"));
        String top = here.mount().equals("/") ? "" : here.mount();

        NodeFiles.Mount mount = files().mount(path("none")).orElseThrow();

        assertThat(mount.point()).isEqualTo(here.mount());
        assertThat(mount.type()).isEqualTo(here.type());
        assertThat(top + mount.rest()).isEqualTo(path("none"));
        assertThat(files().mount(path("none/none"))).isEmpty();
        assertThat(top + files().mount(path("link/none")).orElseThrow().rest()).isEqualTo(path("d/none"));
        assertThat(top + files().mount(path("relative/../x")).orElseThrow().rest())
                .isEqualTo(path("d/x"));
        assertThat(top + files().mount(path("d/./inside")).orElseThrow().rest()).isEqualTo(path("d/inside"));
    }

    @Test
    void linksThatLeadInCirclesAreAFailure() throws IOException {
        Files.createSymbolicLink(directory().resolve("a"), directory().resolve("b"));
        Files.createSymbolicLink(directory().resolve("b"), directory().resolve("a"));

        assertThatThrownBy(() -> files().mount(path("a/x"))).isInstanceOf(dev.vmsnap.DriverException.class);
    }

    @Test
    void aPathMustBeAbsolute() {
        assertThatThrownBy(() -> files().read("f")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> files().write("--help", new byte[0])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsNoFileIsNeitherReadNorWaitedFor() throws IOException {
        new LocalCommands().run(dev.vmsnap.spi.Commands.Command.of("mkfifo", path("pipe")));
        Files.createDirectory(directory().resolve("d"));

        for (String name : java.util.List.of("pipe", "d")) {
            assertThatThrownBy(() -> files().read(path(name)))
                    .isInstanceOf(dev.vmsnap.DriverException.class)
                    .hasMessageContaining("is no file");
        }
        files().write(path("pipe"), new byte[] {1});
        assertThat(files().read(path("pipe")).orElseThrow()).containsExactly(1);
    }

    @Test
    void aDirectoryOfOursThatOthersMayWriteToIsRefusedWithAWayOut() throws IOException {
        Path ours = Files.createDirectory(directory().resolve(".vmsnap"));
        Files.setPosixFilePermissions(ours, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(() -> files().write(path(".vmsnap/f"), new byte[] {1}))
                .isInstanceOfSatisfying(dev.vmsnap.DriverException.class, e -> assertThat(e.reason())
                        .isEqualTo(dev.vmsnap.DriverException.Reason.DENIED))
                .hasMessageContaining("may be written to by others: remove it");
        assertThat(ours).isEmptyDirectory();
    }

    @Test
    void aLinkIsFollowedOnlyWhereNobodyElseCanHaveMadeIt() throws IOException {
        Path open = Files.createDirectory(directory().resolve("open"));
        Path victim = Files.createDirectory(directory().resolve("victim"));
        Files.createSymbolicLink(open.resolve("link"), victim);
        files().write(path("open/link/f"), new byte[] {1});
        assertThat(victim.resolve("f")).exists();

        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        for (String name : java.util.List.of("open/link/f", "open/link/../victim/f")) {
            assertThatThrownBy(() -> files().write(path(name), new byte[] {2}))
                    .hasMessageContaining("is a symbolic link that others may have made: remove it");
            assertThatThrownBy(() -> files().read(path(name))).hasMessageContaining("symbolic link");
            assertThatThrownBy(() -> files().delete(path(name))).hasMessageContaining("symbolic link");
        }
        assertThat(victim.resolve("f")).hasBinaryContent(new byte[] {1});
    }
}
